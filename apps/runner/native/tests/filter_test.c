/* The deny-list: every name on it is a system call that libseccomp knows, on some architecture, so that no slip hides one. */
#include "../filter.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "check.h"

static void knows_every_name(void) {
    for (const char *const *name = denied_calls; *name != NULL; name++) {
        if (seccomp_syscall_resolve_name(*name) != __NR_SCMP_ERROR) continue;
        fprintf(stderr, "unknown: %s\n", *name);
        exit(1);
    }
}

/* The error of a call under both filters; in a child, for they stay. */
static int error_of(long call, long first, long second) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        struct filter base = compile_base_filter(), locks = compile_lock_filter();
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(255);
        install_filter(&base);
        install_filter(&locks);
        _exit(syscall(call, first, second, 0, 0) < 0 ? errno : 0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void denies(void) {
    CHECK(error_of(SYS_unshare, 0, 0) == EPERM);
    CHECK(error_of(SYS_clone3, 0, 0) == ENOSYS);
    CHECK(error_of(SYS_io_uring_setup, 0, 0) == ENOSYS);
    CHECK(error_of(SYS_socket, AF_NETLINK, SOCK_RAW) == EAFNOSUPPORT);
    CHECK(error_of(SYS_socket, 40, SOCK_STREAM) == EAFNOSUPPORT);
    CHECK(error_of(SYS_flock, 0, LOCK_SH) == EPERM);
    CHECK(error_of(SYS_fcntl, 0, F_SETLK) == EPERM);
    CHECK(error_of(SYS_prlimit64, 1, 0) == EPERM);
    /* The kernel looks at the lower half only: so must the filter. */
    CHECK(error_of(SYS_ioctl, 0, 0x5412) == EPERM);
    CHECK(error_of(SYS_ioctl, 0, 0x100005412) == EPERM);
    CHECK(error_of(SYS_fcntl, 0, 0x100000000 + F_SETLK) == EPERM);
}

static void allows(void) {
    CHECK(error_of(SYS_socket, AF_UNIX, SOCK_STREAM) == 0);
    CHECK(error_of(SYS_socket, AF_INET6, SOCK_STREAM) == 0);
    CHECK(error_of(SYS_personality, -1, 0) == 0);
    CHECK(error_of(SYS_getppid, 0, 0) == 0);
    CHECK(error_of(SYS_fcntl, 0, F_GETFD) == 0);
    CHECK(error_of(SYS_prlimit64, 0, 0) == 0);
}

int main(void) {
    knows_every_name();
    denies();
    allows();
    return 0;
}
