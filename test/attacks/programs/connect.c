/* `connect LIFE ADDRESS PORT`: TCP and UDP, without waiting longer than a moment. */
#include "witness.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>

static int finished(int fd) {
    struct pollfd event = {fd, POLLOUT, 0};
    int error = 0;
    socklen_t length = sizeof error;
    if (poll(&event, 1, 500) == 1 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0) return 0;
    errno = error == 0 ? ETIMEDOUT : error;
    return -1;
}

static void try_both(int family, const struct sockaddr *address, socklen_t length) {
    int stream = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int result = connect(stream, address, length);
    if (result < 0 && errno == EINPROGRESS) result = finished(stream);
    tried("tcp", result);
    int datagram = socket(family, SOCK_DGRAM, 0);
    tried("udp", sendto(datagram, "attack", 6, 0, address, length));
    int fast = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    tried("fast open", sendto(fast, "attack", 6, MSG_FASTOPEN | MSG_DONTWAIT, address, length));
}

int main(int argc, char **argv) {
    begin(argc, argv);
    uint16_t port = htons((uint16_t)atoi(argument(1)));
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = port};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = port};
    if (inet_pton(AF_INET, argument(0), &four.sin_addr) == 1) try_both(AF_INET, (struct sockaddr *)&four, sizeof four);
    else if (inet_pton(AF_INET6, argument(0), &six.sin6_addr) == 1) try_both(AF_INET6, (struct sockaddr *)&six, sizeof six);
    else return 1;
}
