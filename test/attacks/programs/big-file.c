/* Files larger than there is room for: written, reserved, sparse, punched. */
#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    int heeding = strcmp(argument(0), "heeding") == 0;
    if (!heeding) signal(SIGXFSZ, SIG_IGN);
    int fd = open("/tmp/big", O_CREAT | O_EXCL | O_RDWR, 0600);
    if (fd < 0) return 1;
    char block[65536];
    memset(block, 'x', sizeof block);
    puts("writing");
    ssize_t got = 0;
    long written = 0;
    while (written < 256 * MIB && (got = write(fd, block, sizeof block)) > 0) written += got;
    tried("write", got);
    printf("wrote %ld MiB\n", written / MIB);
    tried("fallocate", fallocate(fd, 0, 0, 1L << 40));
    tried("keep size", fallocate(fd, FALLOC_FL_KEEP_SIZE, 1L << 40, 1L << 40));
    tried("sparse", ftruncate(fd, 1L << 40));
    tried("pwrite", pwrite(fd, "x", 1, 1L << 40));
    tried("disk of the host", fallocate(0, 0, 0, 1L << 40));
}
