/* Kernel memory that a naive judge does not count: data in pipes or in sockets. Its own cap: 256 MiB. */
#include "witness.h"

static long fill(int fd) {
    char block[65536];
    memset(block, 'x', sizeof block);
    long put = 0;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    for (ssize_t got; put < 2 * MIB && (got = write(fd, block, sizeof block)) > 0;) put += got;
    return put;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    int sockets = strcmp(argument(0), "sockets") == 0;
    printf("filling %s\n", argument(0));
    long total = 0;
    int large = 0;
    while (total < 256 * MIB) {
        int ends[2];
        if ((sockets ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : pipe(ends)) != 0) break;
        int size = 1 << 20;
        if (sockets) setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
        else large += fcntl(ends[1], F_SETPIPE_SZ, size) >= size;
        total += fill(ends[1]);
    }
    printf("filled %s, then %s\n", total >= MIB ? "some" : "nothing", error_name(errno));
    printf("MiB %ld large %d\n", total / MIB, large);
}
