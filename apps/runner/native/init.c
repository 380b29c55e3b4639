#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "boxes.h"
#include "fault.h"
#include "pack.h"
#include "path.h"
#include "root.h"

#define KIB 1024
#define WRITABLE_BOX_OPTIONS "mode=755,nr_inodes=16k,size=%llu"

/* The kernel's PF_EXITING, as /proc/PID/stat shows it: set before a process closes its files. */
#define EXITING 4u

/* Of this one process. */
static pid_t main_program;
static const struct filter *filter;
static bool collects;
static bool program_is_over;

static void mount_tmpfs(const char *folder, const char *options, unsigned long flags) {
    must(mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV | flags, options), "mount scratch");
}

/* All of it goes with the mount namespace: nothing that a program made is ever removed by name. */
static void mount_box(const struct slot *slot, const struct box *box) {
    char own[MAX_PATH];
    mount_tmpfs(slot->tmp, slot->scratch_options, 0);
    if (slot->config->without & WITHOUT_PIDNS) must(mount(OLD_PROC, slot->proc, NULL, MS_BIND, NULL), "bind proc");
    /* Of init the program sees nothing: its command line and mounts tell of the host. */
    else must(mount("proc", slot->proc, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "hidepid=2"), "mount proc");
    if (box->number == 0) return;
    bind_read_only(path_of(own, BOX_FOLDER, box->number), slot->box);
    bind_read_only(path_of(own, FILES_FOLDER, box->number), slot->files);
}

/* By the system call: the vDSO's pages would have to be fetched anew after each fork. */
static uint64_t now_ns(void) {
    struct timespec now;
    must(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now), "clock");
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t microseconds(const struct rusage *used) {
    return (uint64_t)(used->ru_utime.tv_sec + used->ru_stime.tv_sec) * 1000000u +
           (uint64_t)(used->ru_utime.tv_usec + used->ru_stime.tv_usec);
}

static void settle(const struct slot *slot, int socket, const struct box_message *asked, const int *descriptors, int count) {
    char options[128];
    snprintf(options, sizeof options, SCRATCH_OPTIONS, (unsigned long long)asked->size);
    mount_tmpfs(slot->tmp, options, MS_REMOUNT);
    if (asked->writable) {
        if (count != 1) fault_with("SETTLE", EBADMSG);
        snprintf(options, sizeof options, WRITABLE_BOX_OPTIONS, (unsigned long long)asked->size);
        mount_tmpfs(slot->box, options, 0);
        int folder = (int)must(open(slot->box, O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open box");
        unpack(descriptors[0], folder, slot->program_uid);
        if (slot->two_users) must(fchown(folder, slot->program_uid, slot->program_uid), "chown box");
        close(folder);
        close(descriptors[0]);
    }
    collects = asked->collect;
    if (asked->allow_locks) filter = &slot->open_filter;
    uint32_t settled = SETTLED;
    send_message(socket, &settled, sizeof settled, NULL, 0);
}

static void collect(const struct slot *slot, int socket, const struct box_message *asked, const int *descriptors, int count) {
    if (count != 1) fault_with("COLLECT", EBADMSG);
    int folder = (int)must(open(slot->box, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), "open box");
    struct collected_message message = {.kind = COLLECTED};
    message.collected = pack_folder(folder, asked->required, descriptors[0], &message.size);
    send_message(socket, &message, sizeof message, NULL, 0);
}

/* Everything that is left of the program. Nobody can fork away from it: the kernel lets no fork begin under a fatal signal. */
static void end_others(void) {
    for (;;) {
        if (kill(-1, SIGKILL) != 0 && errno != ESRCH) fault("kill");
        pid_t ended;
        do ended = wait4(-1, NULL, 0, NULL);
        while (ended > 0 || (ended < 0 && errno == EINTR));
        if (errno == ECHILD) return;
    }
}

static void report_end(const struct slot *slot, int socket, int status) {
    struct ended_message message = {.kind = ENDED, .status = status, .at_ns = now_ns()};
    /* Without a PID namespace, kill(-1) would mean the whole machine; the keeper ends the group's processes then. */
    if (!(slot->config->without & WITHOUT_PIDNS)) end_others();
    struct rusage used;
    must(getrusage(RUSAGE_CHILDREN, &used), "getrusage");
    message.cpu_us = microseconds(&used);
    message.memory_peak = (uint64_t)used.ru_maxrss * KIB;
    send_message(socket, &message, sizeof message, NULL, 0);
    if (!collects) _exit(0);
    program_is_over = true;
}

/* Reaps whatever has ended, orphans too; when the program itself is among them, the run is over. */
static void reap(const struct slot *slot, int socket) {
    for (;;) {
        int status;
        pid_t ended = waitpid(-1, &status, WNOHANG);
        if (ended < 0 && errno == EINTR) continue;
        if (ended == 0 || (ended < 0 && errno == ECHILD)) return;
        must(ended, "wait");
        if (ended == main_program) report_end(slot, socket, status);
    }
}

static int watch_children(void) {
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    if (signal(SIGCHLD, SIG_DFL) == SIG_ERR) fault("signal");
    must(sigprocmask(SIG_SETMASK, &children, NULL), "sigprocmask");
    return (int)must(signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd");
}

/* Whether the program has begun to end: it is closing its files, and we shall soon be told. */
static void tell_life(const struct slot *slot, int socket) {
    struct life_message message = {.kind = LIVES, .ends = 1};
    char path[MAX_PATH], text[1024] = "";
    int fd = open(path_of(path, "%s/%d/stat", slot->proc, main_program), O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    const char *rest = got <= 0 ? NULL : strrchr(text, ')');
    unsigned flags;
    char state;
    if (rest != NULL && sscanf(rest, ") %c %*d %*d %*d %*d %*d %u", &state, &flags) == 2) {
        message.ends = state == 'Z' || state == 'X' || (flags & EXITING);
    }
    if (fd >= 0) close(fd);
    send_message(socket, &message, sizeof message, NULL, 0);
}

static void hear(const struct slot *slot, int socket) {
    static struct box_message asked;
    int descriptors[MAX_DESCRIPTORS], count;
    /* The keeper is dead, or done with us. */
    if (receive_message(socket, &asked, sizeof asked, descriptors, &count) == 0) _exit(0);
    if (asked.kind == SETTLE) settle(slot, socket, &asked, descriptors, count);
    else if (asked.kind == COLLECT) collect(slot, socket, &asked, descriptors, count);
    else if (asked.kind == ASK_LIFE) tell_life(slot, socket);
    else fault_with("unknown message", EBADMSG);
}

static void close_groups(const struct box *box) {
    for (int i = 0; i < box->group_count; i++) {
        close(box->join_run[i]);
        close(box->join_slot[i]);
    }
}

/* Stands still until the program is executed, or init is needed before. */
static void start_program(const struct slot *slot, const struct box *box) {
    do {
        init_is_needed = false;
        main_program = (pid_t)must(vfork(), "vfork");
        if (main_program == 0) program(slot, box, filter);
        tell_faults_by(box->init_socket);
        if (!init_is_needed) break;
        while (waitpid(main_program, NULL, 0) < 0) {
            if (errno != EINTR) fault("wait");
        }
        hear(slot, box->init_socket);
    } while (init_is_needed);
}

void init(const struct slot *slot, const struct box *box) {
    const int socket = box->init_socket;
    tell_faults_by(socket);
    die_with_parent();
    mount_box(slot, box);
    int children = watch_children();
    filter = &slot->strict_filter;
    start_program(slot, box);
    close(box->program_socket);
    close_groups(box);
    struct usage *usage = &slot->usage[box->number];
    for (;;) {
        /* Not afterwards: the figures are taken, and where we would write them the next box writes its own. */
        const bool samples = box->group_count == 0 && !program_is_over;
        struct pollfd events[2] = {{socket, POLLIN, 0}, {children, POLLIN, 0}};
        if (poll(events, 2, samples ? SAMPLE_MS : -1) < 0 && errno != EINTR) fault("poll");
        if (samples) sample_usage(slot->proc, usage);
        if (events[0].revents != 0) hear(slot, socket);
        struct signalfd_siginfo ignored;
        if (events[1].revents != 0 && read(children, &ignored, sizeof ignored) < 0 && errno != EAGAIN) fault("signalfd");
        if (events[1].revents != 0) reap(slot, socket);
    }
}
