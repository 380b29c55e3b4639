/* A well-behaved run in the other slot, with everything that an attack could reach it by; what it prints must be right. */
#include "witness.h"
#include <netinet/in.h>
#include <poll.h>
#include <sys/shm.h>
#include <sys/un.h>

static int listening(int family, const struct sockaddr *address, socklen_t length) {
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    /* On the host's network, where a test switches ours off, the last one's connections may linger. */
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) != 0) exit(2);
    if (bind(fd, address, length) != 0 || listen(fd, 1) != 0) exit(2);
    return fd;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "\0saiban-neighbour"};
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(7117)};
    struct pollfd sockets[2] = {
        {listening(AF_UNIX, (struct sockaddr *)&local, sizeof(sa_family_t) + 17), POLLIN, 0},
        {listening(AF_INET, (struct sockaddr *)&any, sizeof any), POLLIN, 0},
    };
    int segment = shmget(0x5a1ba1, 4096, IPC_CREAT | IPC_EXCL | 0666);
    int file = open("/tmp/neighbour", O_CREAT | O_EXCL | O_RDWR, 0666);
    if (segment < 0 || write(file, "mine", 4) != 4) return 3;
    int *shared = shmat(segment, NULL, 0);
    *shared = 42;
    unsigned sum = 0;
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 200000; i++) sum = sum * 31 + i;
        if (poll(sockets, 2, 5) != 0) puts("somebody connected");
    }
    char text[4] = "";
    if (pread(file, text, 4, 0) != 4 || memcmp(text, "mine", 4) != 0 || *shared != 42) puts("somebody wrote");
    printf("sum %u\n", sum);
}
