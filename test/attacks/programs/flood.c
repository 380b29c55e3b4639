/* Writes without end to a stream; `flood LIFE FD MIB` stops after so much, `children` does it from many processes. */
#include "witness.h"

static void write_much(int fd, long bytes) {
    char block[65536];
    memset(block, 'x', sizeof block);
    for (long written = 0; written < bytes && living();) {
        ssize_t got = write(fd, block, sizeof block);
        if (got < 0) break;
        written += got;
    }
}

int main(int argc, char **argv) {
    begin(argc, argv);
    int fd = atoi(argument(0));
    puts("flooding");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (witness_count > 2 && strcmp(argument(2), "children") == 0) {
        for (int i = 0; i < 8; i++) {
            if (forked() == 0) {
                write_much(fd, atol(argument(1)) * MIB);
                _exit(0);
            }
        }
        while (wait(NULL) > 0) continue;
        return 0;
    }
    write_much(fd, atol(argument(1)) * MIB);
    if (fd == 2) puts("flooded");
    return 0;
}
