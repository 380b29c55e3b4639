#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fault.h"
#include "keeper.h"
#include "path.h"

/* Runs go before the services of the same machine. */
#define NICENESS (-10)

static void write_file(const char *path, const char *text) {
    int fd = (int)must(open(path, O_WRONLY | O_CLOEXEC), path);
    must(write(fd, text, strlen(text)), path);
    close(fd);
}

/* Not root: mounts need a user namespace, in which the user stays who he is. */
static void enter_own_namespace(void) {
    const uid_t uid = geteuid();
    const gid_t gid = getegid();
    char map[64];
    must(unshare(CLONE_NEWUSER), "user namespace");
    write_file("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "%u %u 1", uid, uid);
    write_file("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "%u %u 1", gid, gid);
    write_file("/proc/self/gid_map", map);
}

static void open_cache(void) {
    keeper.cache = (int)must(open(keeper.config.cache, O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open cache");
    keeper.inputs = (int)must(syscall(SYS_open_tree, keeper.cache, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC), "open_tree");
    struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};
    must(syscall(SYS_mount_setattr, keeper.inputs, "", AT_EMPTY_PATH, &read_only, sizeof read_only), "mount_setattr");
}

/* Two users of the host, or the one that we are. */
static void write_maps(pid_t zygote_pid) {
    const uint32_t uid = keeper.config.uid;
    const char *const names[] = {"uid_map", "gid_map"};
    const uint32_t own[] = {geteuid(), getegid()};
    char path[MAX_PATH], map[128];
    if (uid == 0) write_file(path_of(path, "/proc/%d/setgroups", zygote_pid), "deny");
    for (int i = 0; i < 2; i++) {
        if (uid != 0) snprintf(map, sizeof map, "%u %u 1\n%u %u 1\n", HELPER_UID, uid, PROGRAM_UID, uid + 1);
        else snprintf(map, sizeof map, "%u %u 1\n", PROGRAM_UID, own[i]);
        write_file(path_of(path, "/proc/%d/%s", zygote_pid, names[i]), map);
    }
}

/* In the child: nothing of the keeper's stays open but the socket. */
static _Noreturn void become_zygote(int socket) {
    int nothing = (int)must(open("/dev/null", O_RDWR | O_CLOEXEC), "/dev/null");
    for (int fd = 0; fd < 3; fd++) must(dup2(nothing, fd), "dup2");
    int control = (int)must(dup2(socket, 3), "dup2");
    must(syscall(SYS_close_range, 4, ~0u, 0), "close_range");
    must(fcntl(control, F_SETFD, FD_CLOEXEC), "cloexec");
    zygote(&keeper.config, keeper.usage, control);
}

static void start_zygote(void) {
    int pair[2];
    uint32_t message = MAPPED;
    make_pair(pair);
    pid_t pid = (pid_t)must(fork(), "fork");
    if (pid == 0) {
        tell_faults_by(pair[1]);
        become_zygote(pair[1]);
    }
    close(pair[1]);
    keeper.zygote = pair[0];
    hear(keeper.zygote, MAP_WANTED, &message, sizeof message, NULL, NULL);
    if (!(keeper.config.without & WITHOUT_USERNS)) write_maps(pid);
    message = MAPPED;
    send_message(keeper.zygote, &message, sizeof message, NULL, 0);
    hear(keeper.zygote, ZYGOTE_READY, &message, sizeof message, NULL, NULL);
}

void start_keeper(void) {
    if (keeper.config.uid == 0) enter_own_namespace();
    must(unshare(CLONE_NEWNS), "mount namespace");
    must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "make mounts private");
    if (setpriority(PRIO_PROCESS, 0, NICENESS) != 0 && errno != EACCES && errno != EPERM) fault("nice");
    open_cache();
    open_groups(&keeper.groups, &keeper.config);
    keeper.usage = mmap(NULL, MAX_PROGRAMS * sizeof *keeper.usage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (keeper.usage == MAP_FAILED) fault("mmap");
    start_zygote();
    /* Not before: a program must not inherit it. */
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR) fault("signal");
    make_kept_box(0);
}
