/* Families of sockets: those that know no network namespace reach the hypervisor or the kernel. */
#include "witness.h"
#include <netinet/in.h>

int main(int argc, char **argv) {
    begin(argc, argv);
    const struct { const char *name; int family, type, protocol; } sockets[] = {
        {"vsock", AF_VSOCK, SOCK_STREAM, 0}, {"netlink", AF_NETLINK, SOCK_RAW, 0}, {"audit", AF_NETLINK, SOCK_RAW, 9},
        {"uevent", AF_NETLINK, SOCK_DGRAM, 15}, {"alg", AF_ALG, SOCK_SEQPACKET, 0}, {"packet", AF_PACKET, SOCK_RAW, 0},
        {"packet cooked", AF_PACKET, SOCK_DGRAM, 0}, {"bluetooth", AF_BLUETOOTH, SOCK_RAW, 1}, {"can", AF_CAN, SOCK_RAW, 1},
        {"tipc", AF_TIPC, SOCK_STREAM, 0}, {"rxrpc", AF_RXRPC, SOCK_DGRAM, 2}, {"key", AF_KEY, SOCK_RAW, 2},
        {"xdp", AF_XDP, SOCK_RAW, 0}, {"smc", AF_SMC, SOCK_STREAM, 0}, {"kcm", AF_KCM, SOCK_DGRAM, 0},
        {"qipcrtr", AF_QIPCRTR, SOCK_DGRAM, 0}, {"nfc", AF_NFC, SOCK_RAW, 0}, {"unspecified", AF_UNSPEC, SOCK_STREAM, 0},
        {"raw", AF_INET, SOCK_RAW, IPPROTO_ICMP}, {"raw6", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6},
        {"old packet", AF_INET, SOCK_PACKET, 0}};
    for (size_t i = 0; i < sizeof sockets / sizeof *sockets; i++) {
        tried_only(sockets[i].name, socket(sockets[i].family, sockets[i].type, sockets[i].protocol));
    }
    /* The upper half of the register is not looked at by the kernel. */
    tried_only("netlink high", syscall(SYS_socket, 0x100000000UL | AF_NETLINK, SOCK_RAW, 0));
    int pair[2];
    tried_only("pair of tipc", socketpair(AF_TIPC, SOCK_STREAM, 0, pair));
    for (int family = AF_UNIX; family <= AF_INET; family++) {
        if (socket(family, SOCK_STREAM, 0) < 0) printf("family %d is refused\n", family);
    }
    if (socket(AF_INET6, SOCK_STREAM, 0) < 0 && errno != EAFNOSUPPORT) puts("inet6 is refused");
}
