/*
 * init: PID 1 of a sandbox.
 *
 * bubblewrap has made the namespaces and mounts and execs this program as PID 1. When the sandbox was made by root, init
 * still has the capabilities to change its user. It then, in this order:
 *   1. waits for one byte on the gate pipe: until then the runner has not put the sandbox into its cgroup;
 *   2. takes the limits, the core and the unprivileged user, and gives every capability away;
 *   3. starts the program as its child and closes everything but the report pipe;
 *   4. reaps every process until the program itself has ended, writes one line to the report pipe and exits, whereupon the
 *      kernel kills whatever is left in the namespace.
 *
 * The report pipe is close-on-exec and init is not dumpable, so the program, although it has the same user, can neither
 * write to the pipe nor trace or open init. Reports, one line:
 *   exited CODE UTIME_US STIME_US MAXRSS_KIB | signalled SIGNAL UTIME_US STIME_US MAXRSS_KIB | fault STEP ERRNO
 * A fault is the judge's trouble, never the program's: so a failed exec is told by the child over a close-on-exec pipe.
 *
 * Usage: init REPORT_FD GATE_FD UID GID CORE NOFILE FSIZE NPROC CPU_SECONDS -- PROGRAM ARGS...
 * UID, GID and CORE may be -1: leave as it is.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/audit.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int report_fd = -1;

static void report(const char *format, const char *word, long a, long b, long c, long d) {
    char line[160];
    int length = snprintf(line, sizeof line, format, word, a, b, c, d);
    /* The line is shorter than a pipe's atomic write; if the runner is gone there is nobody to tell. */
    if (write(report_fd, line, (size_t)length) != length) _exit(2);
}

static void fault(const char *step) {
    report("fault %s %ld\n", step, errno, 0, 0, 0);
    _exit(1);
}

static long number(const char *text) {
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || *end != '\0' || end == text) {
        errno = EINVAL;
        fault("argument");
    }
    return value;
}

/* Lowers a limit; a hard limit that is already lower stays. */
static void limit(int which, rlim_t value, const char *step) {
    struct rlimit now;
    if (getrlimit(which, &now) != 0) fault(step);
    if (now.rlim_max != RLIM_INFINITY && (value == RLIM_INFINITY || value > now.rlim_max)) value = now.rlim_max;
    struct rlimit wanted = {value, value};
    if (setrlimit(which, &wanted) != 0) fault(step);
}

static void wait_for_gate(int gate_fd) {
    char byte;
    ssize_t got;
    do got = read(gate_fd, &byte, 1);
    while (got < 0 && errno == EINTR);
    /* End of file: the runner died before the sandbox was in its cgroup. */
    if (got != 1) fault("gate");
    close(gate_fd);
}

static void pin(long core) {
    if (core < 0) return;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)core, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) fault("pin");
}

static void drop_privileges(long uid, long gid) {
    if (uid >= 0) {
        for (int capability = 0; capability <= CAP_LAST_CAP; capability++) {
            if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EINVAL && errno != EPERM) fault("bounding");
        }
        if (setgroups(0, NULL) != 0) fault("setgroups");
        if (setresgid((gid_t)gid, (gid_t)gid, (gid_t)gid) != 0) fault("setresgid");
        if (setresuid((uid_t)uid, (uid_t)uid, (uid_t)uid) != 0) fault("setresuid");
    }
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    if (syscall(SYS_capset, &header, none) != 0) fault("capset");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fault("no_new_privs");
}

/*
 * New user namespaces are how a program would get capabilities back. clone3's flags lie in memory where a filter cannot
 * see them, so it is answered as if the kernel did not have it; libc then falls back to clone.
 */
static void install_filter(void) {
    const unsigned new_namespaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "unknown architecture"
#endif
#define DATA(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define REFUSE(number, error)                                                                                          \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error)
    struct sock_filter filter[] = {
        DATA(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        DATA(nr),
#if defined(__x86_64__)
        /* x32 numbers are another way to the same calls. */
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000u, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
#endif
        REFUSE(SYS_clone3, ENOSYS),
        REFUSE(SYS_unshare, EPERM),
        REFUSE(SYS_setns, EPERM),
        REFUSE(SYS_ptrace, EPERM),
        REFUSE(SYS_process_vm_readv, EPERM),
        REFUSE(SYS_process_vm_writev, EPERM),
        REFUSE(SYS_keyctl, EPERM),
        REFUSE(SYS_add_key, EPERM),
        REFUSE(SYS_request_key, EPERM),
        REFUSE(SYS_bpf, EPERM),
        REFUSE(SYS_perf_event_open, EPERM),
        REFUSE(SYS_userfaultfd, EPERM),
        REFUSE(SYS_io_uring_setup, ENOSYS),
        REFUSE(SYS_mount, EPERM),
        REFUSE(SYS_umount2, EPERM),
        REFUSE(SYS_pivot_root, EPERM),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
        DATA(args[0]),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, new_namespaces, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) fault("seccomp");
}

static pid_t start(char **argv) {
    int broken[2];
    if (pipe2(broken, O_CLOEXEC) != 0) fault("pipe");
    pid_t child = fork();
    if (child < 0) fault("fork");
    if (child == 0) {
        /* Standard streams and the two close-on-exec pipes are all that is open. */
        if (setsid() < 0) _exit(1);
        execvp(argv[0], argv);
        int reason = errno;
        ssize_t told = write(broken[1], &reason, sizeof reason);
        _exit(told == sizeof reason ? 1 : 2);
    }
    close(broken[1]);
    int reason = 0;
    ssize_t got;
    do got = read(broken[0], &reason, sizeof reason);
    while (got < 0 && errno == EINTR);
    if (got != 0) {
        errno = got == sizeof reason ? reason : EIO;
        fault("exec");
    }
    close(broken[0]);
    return child;
}

static long microseconds(struct timeval time) { return time.tv_sec * 1000000L + time.tv_usec; }

/* Reaps orphans too, and ends with the program itself. */
static void wait_for(pid_t program) {
    for (;;) {
        int status;
        struct rusage used;
        pid_t ended = wait4(-1, &status, 0, &used);
        if (ended < 0 && errno == EINTR) continue;
        if (ended < 0) fault("wait");
        if (ended != program) continue;
        /* With the descendants that the program itself has reaped. */
        long user = microseconds(used.ru_utime), system = microseconds(used.ru_stime);
        if (WIFEXITED(status)) report("%s %ld %ld %ld %ld\n", "exited", WEXITSTATUS(status), user, system, used.ru_maxrss);
        else report("%s %ld %ld %ld %ld\n", "signalled", WTERMSIG(status), user, system, used.ru_maxrss);
        return;
    }
}

int main(int argc, char **argv) {
    if (argc < 12 || strcmp(argv[10], "--") != 0) return 2;
    report_fd = (int)strtol(argv[1], NULL, 10);
    int gate_fd = (int)number(argv[2]);
    if (fcntl(report_fd, F_SETFD, FD_CLOEXEC) != 0) return 2;
    wait_for_gate(gate_fd);
    pin(number(argv[5]));
    limit(RLIMIT_NOFILE, (rlim_t)number(argv[6]), "nofile");
    limit(RLIMIT_FSIZE, (rlim_t)number(argv[7]), "fsize");
    limit(RLIMIT_NPROC, (rlim_t)number(argv[8]), "nproc");
    /* A backstop: whole seconds, and per process. */
    limit(RLIMIT_CPU, (rlim_t)number(argv[9]), "cpu");
    limit(RLIMIT_CORE, 0, "core");
    /* Deep recursion is the program's right; its memory is limited as a whole. */
    limit(RLIMIT_STACK, RLIM_INFINITY, "stack");
    /* Everything else that bubblewrap may have left open. */
    if (syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) fault("close_range");
    drop_privileges(number(argv[3]), number(argv[4]));
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) fault("dumpable");
    install_filter();
    wait_for(start(argv + 11));
    return 0;
}
