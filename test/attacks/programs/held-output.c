/*
 * Descriptors in flight on sockets that lie in flight on each other: nobody holds them, and only a collection of garbage
 * closes them. The standard output is among them.
 */
#include "witness.h"

static int send_away(int through, int fd) {
    char byte = 'x', control[CMSG_SPACE(sizeof fd)];
    memset(control, 0, sizeof control);
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS};
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    return (int)sendmsg(through, &message, MSG_DONTWAIT);
}

int main(int argc, char **argv) {
    begin(argc, argv);
    int one[2], other[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, one) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, other) != 0) return 1;
    tried("output", send_away(one[0], 1));
    tried("input", send_away(one[0], 0));
    tried("cycle", send_away(one[0], other[1]));
    tried("back", send_away(other[0], one[1]));
}
