/* One side of a pair of programs: what it does with the other is told by its exit code, because its output is the other's. */
#include "witness.h"

/* Until the end of the input: 0, or 1 when it did not come. */
static int read_all(void) {
    char block[4096];
    ssize_t got;
    while ((got = read(0, block, sizeof block)) > 0) continue;
    return got != 0;
}

static int write_all(void) {
    char block[4096] = "x";
    while (living()) {
        if (write(1, block, sizeof block) < 0) return 1;
    }
    return 2;
}

/* Everything that it may; then the other must still answer. */
static int kill_all(void) {
    char byte;
    if (kill(-1, SIGKILL) == 0 || errno != ESRCH) return 3;
    if (write(1, "x", 1) != 1) return 4;
    return read(0, &byte, 1) != 1;
}

static int answer(void) {
    char byte;
    return read(0, &byte, 1) != 1 || write(1, "x", 1) != 1;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    const char *part = argument(0);
    if (strcmp(part, "reads") == 0) return read_all();
    if (strcmp(part, "writes") == 0) return write_all();
    if (strcmp(part, "kills") == 0) return kill_all();
    if (strcmp(part, "answers") == 0) return answer();
    return strcmp(part, "leaves") != 0;
}
