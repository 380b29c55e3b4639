/* Interfaces and their state: no way out may be there, nor be made. */
#include "witness.h"
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

int main(int argc, char **argv) {
    begin(argc, argv);
    int fd = socket(AF_INET, SOCK_DGRAM, 0), count = 0;
    struct if_nameindex *all = NULL;
    struct ifreq request = {.ifr_name = "lo"};
    printf("lo %s\n", ioctl(fd, SIOCGIFFLAGS, &request) != 0 ? error_name(errno) : request.ifr_flags & IFF_UP ? "up" : "down");
    request.ifr_flags |= IFF_UP;
    tried("lo up", ioctl(fd, SIOCSIFFLAGS, &request));
    for (int index = 1; index < 64; index++) {
        request.ifr_ifindex = index;
        if (ioctl(fd, SIOCGIFNAME, &request) != 0) continue;
        if (strcmp(request.ifr_name, "lo") != 0) count++;
    }
    printf("others %d\n", count);
    tried_only("list", (all = if_nameindex()) == NULL ? -1 : 0);
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(7)};
    tried("low port", bind(fd, (struct sockaddr *)&any, sizeof any));
    tried("device", setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "eth0", 5));
    tried("mark", setsockopt(fd, SOL_SOCKET, SO_MARK, &(int){1}, sizeof(int)));
}
