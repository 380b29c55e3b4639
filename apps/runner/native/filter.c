#define _GNU_SOURCE
#include "filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fault.h"

/* These get EPERM. Not every architecture has all of them. */
const char *const denied_calls[] = {
    /* New namespaces are how a program gets capabilities back. */
    "unshare", "setns",
    /* Mounts and roots, by the old and the new calls. */
    "mount", "umount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick",
    "mount_setattr", "statmount", "listmount",
    /* Other processes' memory and descriptors. */
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp",
    /* Keys are shared by user, whatever the namespace. */
    "keyctl", "add_key", "request_key",
    /* Large and young parts of the kernel that no program needs. */
    "bpf", "perf_event_open", "userfaultfd", "fanotify_init", "fanotify_mark", "memfd_secret", "lookup_dcookie",
    /* Files by number, past every folder's permission. */
    "open_by_handle_at", "name_to_handle_at",
    /* The machine itself. */
    "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "create_module", "reboot", "swapon", "swapoff",
    "acct", "quotactl", "quotactl_fd", "syslog", "iopl", "ioperm", "modify_ldt", "vhangup", "sethostname", "setdomainname",
    "clock_settime", "clock_adjtime", "settimeofday", "adjtimex",
    /* Memory of other nodes, time of other cores: both belong to other runs. */
    "mbind", "move_pages", "migrate_pages", "set_mempolicy", "set_mempolicy_home_node", "sched_setaffinity", NULL};

/* The kernel looks at 32 bits of these arguments; the filter sees 64, and the others may hold anything. */
#define LOW_BITS 0xffffffffu

static void check(int error, const char *step) {
    if (error < 0) fault_with(step, -error);
}

static void deny(scmp_filter_ctx context, uint32_t action, int call) {
    if (call != __NR_SCMP_ERROR) check(seccomp_rule_add(context, action, call, 0), "filter rule");
}

static void deny_names(scmp_filter_ctx context) {
    for (const char *const *name = denied_calls; *name != NULL; name++) {
        deny(context, SCMP_ACT_ERRNO(EPERM), seccomp_syscall_resolve_name(*name));
    }
    /* As if the kernel did not have them: libc falls back to clone, whose flags can be seen; programs to older ways. */
    deny(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3));
    deny(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(io_uring_setup));
    deny(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(io_uring_enter));
    deny(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(io_uring_register));
}

static void deny_namespaces(scmp_filter_ctx context) {
    const uint64_t flags[] = {CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWPID,    CLONE_NEWNET,
                              CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWCGROUP, CLONE_NEWTIME};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        /* The lowest of them, CLONE_NEWTIME, is part of the exit signal's byte in clone: no signal has that number. */
        check(seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                               SCMP_A0(SCMP_CMP_MASKED_EQ, flags[i], flags[i])),
              "filter clone");
    }
}

/* Other families know no network namespace (AF_VSOCK reaches the hypervisor) or reach much of the kernel (AF_ALG, AF_NETLINK). */
static void deny_families(scmp_filter_ctx context) {
    const int calls[] = {SCMP_SYS(socket), SCMP_SYS(socketpair)};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        for (uint64_t family = 0; family < AF_INET6; family++) {
            if (family == AF_UNIX || family == AF_INET) continue;
            check(seccomp_rule_add(context, SCMP_ACT_ERRNO(EAFNOSUPPORT), calls[i], 1, SCMP_A0(SCMP_CMP_EQ, family)),
                  "filter socket");
        }
        check(seccomp_rule_add(context, SCMP_ACT_ERRNO(EAFNOSUPPORT), calls[i], 1, SCMP_A0(SCMP_CMP_GT, AF_INET6)),
              "filter socket");
    }
}

static void deny_argument(scmp_filter_ctx context, int call, uint64_t value) {
    check(seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), call, 1, SCMP_A1(SCMP_CMP_MASKED_EQ, LOW_BITS, value)),
          "filter argument");
}

/* A filter with rules as a program, in memory that stays. */
static struct filter compile(scmp_filter_ctx context) {
    int file = (int)must(memfd_create("filter", MFD_CLOEXEC), "memfd");
    check(seccomp_export_bpf(context, file), "export filter");
    struct stat size;
    must(fstat(file, &size), "stat filter");
    struct sock_filter *code = malloc((size_t)size.st_size);
    if (code == NULL || pread(file, code, (size_t)size.st_size, 0) != size.st_size) fault("read filter");
    close(file);
    seccomp_release(context);
    return (struct filter){{(unsigned short)((size_t)size.st_size / sizeof *code), code}};
}

static scmp_filter_ctx new_context(void) {
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
    if (context == NULL) fault("seccomp_init");
    /* 32-bit calls and x32 are other ways to the same doors. */
    check(seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS), "filter architecture");
    check(seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2), "filter tree");
    return context;
}

struct filter compile_base_filter(void) {
    scmp_filter_ctx context = new_context();
    deny_names(context);
    deny_namespaces(context);
    deny_families(context);
    /* Typing into a terminal, which may be somebody else's. */
    deny_argument(context, SCMP_SYS(ioctl), TIOCSTI);
    deny_argument(context, SCMP_SYS(ioctl), TIOCLINUX);
    /* Limits of others: where only one user can be had, init has the same. */
    check(seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prlimit64), 1, SCMP_A0(SCMP_CMP_NE, 0)),
          "filter prlimit64");
    return compile(context);
}

struct filter compile_lock_filter(void) {
    scmp_filter_ctx context = new_context();
    const int commands[] = {F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_SETLEASE, F_NOTIFY};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        deny_argument(context, SCMP_SYS(fcntl), (uint64_t)commands[i]);
    }
    deny(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(flock));
    deny(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(inotify_add_watch));
    return compile(context);
}

void install_filter(const struct filter *filter) {
    must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter->program), "seccomp");
}
