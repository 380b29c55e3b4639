/*
 * init: PID 1 of a sandbox.
 *
 * bubblewrap has made the namespaces and mounts and execs this program as PID 1. When the sandbox was made by root, init
 * still has the capabilities to change its user. It then, in this order:
 *   1. opens the program's standard streams, which the runner has bound read-only into STREAMS: opened here and not
 *      inherited, they show no path of the host, and the program cannot change what lies behind them;
 *   2. takes the limits, the core and the unprivileged user, and gives every capability away;
 *   3. says "ready" on the report pipe;
 *   4. waits for one byte on the gate pipe: until then the runner has not put the sandbox into its cgroup;
 *   5. starts the program as its child, with nothing open but the standard streams;
 *   6. reaps every process until the program itself has ended, writes one line to the report pipe and exits, whereupon the
 *      kernel kills whatever is left in the namespace.
 *
 * The gate's other end stays open in the runner as long as the sandbox may live. End of file there, at any time, means that
 * the runner is dead, and init ends. (The kernel's parent-death signal does not do: it is forgotten when init changes its
 * user, and bubblewrap, without capabilities, may not send it to another user.)
 *
 * The report pipe is close-on-exec and init is not dumpable, so the program, although it has the same user, can neither
 * write to the pipe nor trace or open init. Reports, one line after "ready":
 *   exited CODE UTIME_US STIME_US MAXRSS_KIB | signalled SIGNAL UTIME_US STIME_US MAXRSS_KIB | fault STEP ERRNO
 * A fault is the judge's trouble, never the program's: so a failed exec is told by the child over a close-on-exec pipe.
 *
 * Usage: init REPORT_FD GATE_FD UID GID CORE NOFILE FSIZE NPROC CPU_SECONDS -- PROGRAM ARGS...
 * UID, GID, CORE and NPROC may be -1: leave as it is.
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
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STREAMS "/dev/saiban/"

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

/* Without blocking: a FIFO whose reader is gone would hold us for ever. */
static void open_stream(int fd, const char *path, int flags) {
    int opened = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (opened < 0) fault("stream");
    if (fcntl(opened, F_SETFL, flags) != 0) fault("stream");
    if (dup2(opened, fd) != fd) fault("stream");
    close(opened);
}

static void wait_for_gate(int gate_fd) {
    char byte;
    ssize_t got;
    do got = read(gate_fd, &byte, 1);
    while (got < 0 && errno == EINTR);
    /* End of file: the runner died before the sandbox was in its cgroup. */
    if (got != 1) fault("gate");
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
        /* The slot has one core: time on others would be time of other runs. */
        REFUSE(SYS_sched_setaffinity, EPERM),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
        DATA(args[0]),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, new_namespaces, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        /* Some families know no network namespace: AF_VSOCK reaches the hypervisor, AF_ALG the kernel's ciphers. */
        DATA(nr),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 5),
        DATA(args[0]),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) fault("seccomp");
}

static pid_t start(char **argv) {
    int broken[2];
    sigset_t no_signals;
    sigemptyset(&no_signals);
    if (pipe2(broken, O_CLOEXEC) != 0) fault("pipe");
    pid_t child = fork();
    if (child < 0) fault("fork");
    if (child == 0) {
        /* Standard streams and the two close-on-exec pipes are all that is open. */
        if (setsid() > 0 && sigprocmask(SIG_SETMASK, &no_signals, NULL) == 0) execvp(argv[0], argv);
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

/* Of the program and the descendants that it has reaped. */
static void report_end(int status, const struct rusage *used) {
    long user = microseconds(used->ru_utime), system = microseconds(used->ru_stime);
    if (WIFEXITED(status)) report("%s %ld %ld %ld %ld\n", "exited", WEXITSTATUS(status), user, system, used->ru_maxrss);
    else report("%s %ld %ld %ld %ld\n", "signalled", WTERMSIG(status), user, system, used->ru_maxrss);
}

/* Reaps whatever has ended, orphans too. Returns whether the program itself was among them. */
static int reap(pid_t program) {
    for (;;) {
        int status;
        struct rusage used;
        pid_t ended = wait4(-1, &status, WNOHANG, &used);
        if (ended < 0 && errno == EINTR) continue;
        if (ended < 0) fault("wait");
        if (ended == 0) return 0;
        if (ended != program) continue;
        report_end(status, &used);
        return 1;
    }
}

/* Ends with the program itself, or with the runner. */
static void wait_for(pid_t program, int children_fd, int gate_fd) {
    struct pollfd events[2] = {{children_fd, POLLIN, 0}, {gate_fd, POLLIN, 0}};
    for (;;) {
        if (poll(events, 2, -1) < 0) {
            if (errno == EINTR) continue;
            fault("poll");
        }
        if (events[1].revents != 0) _exit(3);
        struct signalfd_siginfo info;
        if (read(children_fd, &info, sizeof info) != sizeof info) fault("signalfd");
        if (reap(program)) return;
    }
}

/* A descriptor that is readable when a child has ended. */
static int watch_children(void) {
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    if (sigprocmask(SIG_SETMASK, &children, NULL) != 0) fault("sigprocmask");
    int fd = signalfd(-1, &children, SFD_CLOEXEC);
    if (fd < 0) fault("signalfd");
    return fd;
}

int main(int argc, char **argv) {
    if (argc < 12 || strcmp(argv[10], "--") != 0) return 2;
    report_fd = (int)strtol(argv[1], NULL, 10);
    int gate_fd = (int)number(argv[2]);
    if (fcntl(report_fd, F_SETFD, FD_CLOEXEC) != 0) return 2;
    open_stream(0, STREAMS "stdin", O_RDONLY);
    open_stream(1, STREAMS "stdout", O_WRONLY);
    open_stream(2, STREAMS "stderr", O_WRONLY);
    pin(number(argv[5]));
    limit(RLIMIT_NOFILE, (rlim_t)number(argv[6]), "nofile");
    limit(RLIMIT_FSIZE, (rlim_t)number(argv[7]), "fsize");
    if (number(argv[8]) >= 0) limit(RLIMIT_NPROC, (rlim_t)number(argv[8]), "nproc");
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
    int children_fd = watch_children();
    if (write(report_fd, "ready\n", 6) != 6) _exit(2);
    wait_for_gate(gate_fd);
    wait_for(start(argv + 11), children_fd, gate_fd);
    return 0;
}
