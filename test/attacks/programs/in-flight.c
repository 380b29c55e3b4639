/* Descriptors in flight count for nobody's table: a way around the limit of open files. Its own cap: 20,000. */
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
    int ends[2], sent = 0, result = 0;
    while (sent < 20000) {
        if (sent % 100 == 0 && (result = socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) != 0) break;
        int fd = memfd_create("away", 0);
        if ((result = fd) < 0 || (result = send_away(ends[0], fd)) < 0) break;
        close(fd);
        sent++;
    }
    int error = errno;
    printf("in flight %s %s\n", sent > 0 ? "some" : "none", result < 0 ? error_name(error) : "never refused");
    printf("count %d\n", sent);
}
