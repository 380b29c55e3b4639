/* Fills a file system for files in memory, by writing, by files that have no name any more, or by allocation. */
#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    long most = atol(argument(1)) * MIB, written = 0;
    int unlinked = witness_count > 2;
    printf("filling %s\n", argument(0));
    char block[65536], name[128];
    memset(block, 'x', sizeof block);
    int fd = -1;
    for (int file = 0; written < most; file++) {
        snprintf(name, sizeof name, "%s/fill-%d", argument(0), file);
        fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0600);
        if (fd < 0) break;
        if (unlinked) unlink(name);
        ssize_t got = 0;
        for (int part = 0; part < 16 && written < most; part++) {
            got = write(fd, block, sizeof block);
            if (got < 0) break;
            written += got;
        }
        if (got < 0) break;
        if (!unlinked) close(fd);
    }
    int error = errno;
    printf("filled %ld MiB %s\n", written / MIB, written < most ? error_name(error) : "all");
}
