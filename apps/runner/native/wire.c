#define _GNU_SOURCE
#include "wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fault.h"

static int fault_socket = -1;

static void send_fault(const char *step, int error) {
    struct fault_message message = {.kind = FAULTED, .error = error};
    strncpy(message.step, step, sizeof message.step - 1);
    /* If it does not arrive, the end of the socket tells enough. */
    if (send(fault_socket, &message, sizeof message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) return;
}

void tell_faults_by(int socket) {
    fault_socket = socket;
    tell_fault = send_fault;
}

void make_pair(int pair[2]) { must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), "socketpair"); }

void send_message(int socket, const void *message, size_t length, const int *descriptors, int count) {
    union {
        char bytes[CMSG_SPACE(MAX_DESCRIPTORS * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec part = {(void *)message, length};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > MAX_DESCRIPTORS) fault_with("too many descriptors", EINVAL);
    if (count > 0) {
        size_t size = (size_t)count * sizeof(int);
        header.msg_control = control.bytes;
        header.msg_controllen = CMSG_SPACE(size);
        struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
        *rights = (struct cmsghdr){.cmsg_len = CMSG_LEN(size), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(rights), descriptors, size);
    }
    ssize_t sent;
    do sent = sendmsg(socket, &header, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    must(sent, "sendmsg");
}

size_t receive_message(int socket, void *message, size_t capacity, int *descriptors, int *count) {
    union {
        char bytes[CMSG_SPACE(MAX_DESCRIPTORS * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec part = {message, capacity};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t got;
    /* Reset: the other end died with something of ours unread. Said once, and before what it has said itself. */
    do got = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
    while (got < 0 && (errno == EINTR || errno == ECONNRESET));
    must(got, "recvmsg");
    if (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) fault_with("message cut", EMSGSIZE);
    int found = 0;
    struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
    if (rights != NULL) {
        if (descriptors == NULL || rights->cmsg_type != SCM_RIGHTS) fault_with("descriptors", EBADMSG);
        found = (int)((rights->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(descriptors, CMSG_DATA(rights), (size_t)found * sizeof(int));
    }
    if (count != NULL) *count = found;
    if (got > 0 && (size_t)got < sizeof(uint32_t)) fault_with("message short", EBADMSG);
    return (size_t)got;
}
