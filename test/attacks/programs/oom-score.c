/* Asks the kernel to spare it when memory is short, then takes too much. */
#include "witness.h"

static void write_to(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (tried_only(path, fd) < 0) return;
    tried("write", write(fd, text, strlen(text)));
    close(fd);
}

int main(int argc, char **argv) {
    begin(argc, argv);
    write_to("/proc/self/oom_score_adj", "-1000");
    write_to("/proc/self/oom_adj", "-17");
    write_to("/proc/1/oom_score_adj", "1000");
    char *memory = pages(256 * MIB);
    if (memory == NULL) return 1;
    touch(memory, 256 * MIB);
    puts("got 256 MiB");
}
