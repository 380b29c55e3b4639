#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "boxes.h"
#include "fault.h"
#include "path.h"
#include "root.h"

/* The whole environment; the same as `treeEnvironment` in apps/runner/src/toolchain/language.ts, for which a test cares. */
static char *const environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp", "TMPDIR=/tmp", "LANG=C.UTF-8",
                                    "LC_ALL=C.UTF-8", NULL};

void join_groups(const int *groups, int count) {
    for (int i = 0; i < count; i++) must(write(groups[i], "0", 1), "join cgroup");
}

static void pin(uint32_t core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    must(sched_setaffinity(0, sizeof set, &set), "pin");
}

static void give_privileges_away(const struct slot *slot) {
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++) {
        must(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "bounding set");
    }
    if (slot->two_users) {
        const uid_t uid = slot->program_uid;
        must(setresgid(uid, uid, uid), "setresgid");
        must(setresuid(uid, uid, uid), "setresuid");
    }
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    must(syscall(SYS_capset, &header, none), "capset");
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
    must(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "dumpable");
}

/* A hard limit that is already lower stays: to raise it takes a capability that a container may lack. */
static void limit(int which, rlim_t value) {
    struct rlimit now;
    must(getrlimit((__rlimit_resource_t)which, &now), "getrlimit");
    if (now.rlim_max != RLIM_INFINITY && value > now.rlim_max) value = now.rlim_max;
    must(setrlimit((__rlimit_resource_t)which, &(struct rlimit){value, value}), "setrlimit");
}

static void take_limits(const struct go_message *go) {
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_MEMLOCK, 0);
    limit(RLIMIT_MSGQUEUE, 0);
    limit(RLIMIT_NICE, 0);
    limit(RLIMIT_RTPRIO, 0);
    limit(RLIMIT_NOFILE, go->open_files);
    limit(RLIMIT_FSIZE, go->file);
    limit(RLIMIT_STACK, go->stack);
    /* A backstop: whole seconds, and by process. */
    limit(RLIMIT_CPU, go->cpu_seconds);
    if (go->processes > 0) limit(RLIMIT_NPROC, go->processes);
}

/* Everything that does not depend on the run: done while the slot is idle. */
static void prepare(const struct slot *slot, const struct box *box) {
    sigset_t none;
    sigemptyset(&none);
    must(sigprocmask(SIG_SETMASK, &none, NULL), "sigprocmask");
    must(setsid(), "setsid");
    pin(slot->config->core);
    join_groups(box->join_run, box->group_count);
    /* /proc/self/cgroup tells the place in the host's hierarchy otherwise. */
    must(unshare(CLONE_NEWCGROUP), "cgroup namespace");
    must(chroot(slot->tree), "chroot");
    must(chdir("/"), "chdir");
    give_privileges_away(slot);
    if (!(slot->config->without & WITHOUT_SECCOMP)) install_filter(&slot->base_filter);
}

/* Standard streams come as 0, 1 and 2; nothing else stays open beyond exec. */
static void take_streams(const int *descriptors, int count) {
    if (count != 3) fault_with("GO", EBADMSG);
    for (int i = 0; i < 3; i++) must(fcntl(descriptors[i], F_GETFD), "stream");
    for (int i = 0; i < 3; i++) must(dup2(descriptors[i], i), "stream");
    must(syscall(SYS_close_range, 3, ~0u, 1u << 2 /* CLOSE_RANGE_CLOEXEC */), "close_range");
}

/* As execvp would, but with the program's own PATH, and without trying a shell on what is no program. */
static void execute(char **argv) {
    static const char *const folders[] = {"/usr/local/bin", "/usr/bin", "/bin"};
    char path[MAX_PATH];
    if (strchr(argv[0], '/') != NULL) {
        execve(argv[0], argv, environment);
        return;
    }
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        execve(path_of(path, "%s/%s", folders[i], argv[0]), argv, environment);
        if (errno != ENOENT) return;
    }
}

static _Noreturn void start(const struct go_message *go) {
    static char *argv[MAX_ARGUMENTS + 1];
    const char *next = go->arguments, *end = go->arguments + go->length;
    for (uint32_t i = 0; i < go->argc; i++) {
        if (i == MAX_ARGUMENTS || next >= end) fault_with("GO", EBADMSG);
        argv[i] = (char *)next;
        next += strnlen(next, (size_t)(end - next)) + 1;
    }
    must(chdir(BOX_IN_TREE), "chdir box");
    execute(argv);
    fault("exec");
}

void program(const struct slot *slot, const struct box *box) {
    static struct go_message go;
    int descriptors[MAX_DESCRIPTORS], count;
    tell_faults_by(box->program_socket);
    /* Init's own end: only init may hold it open. */
    close(box->init_socket);
    prepare(slot, box);
    uint32_t ready = BOX_READY;
    send_message(box->program_socket, &ready, sizeof ready, NULL, 0);
    if (receive_message(box->program_socket, &go, sizeof go, descriptors, &count) == 0) _exit(0);
    if (go.kind != GO) fault_with("expected GO", EBADMSG);
    if (go.warm) join_groups(box->join_slot, box->group_count);
    take_limits(&go);
    if (go.deny_locks && !(slot->config->without & WITHOUT_SECCOMP)) install_filter(&slot->lock_filter);
    take_streams(descriptors, count);
    start(&go);
}
