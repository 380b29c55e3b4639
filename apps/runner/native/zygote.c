#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "boxes.h"
#include "fault.h"
#include "pack.h"
#include "path.h"
#include "root.h"

void die_with_parent(void) { must(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "parent death signal"); }

/* From here on this process and its children are nobody on the host, and root of nothing but the slot. */
static void enter_slot(const struct slot *slot, int control) {
    int spaces = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC;
    if (!(slot->config->without & WITHOUT_USERNS)) spaces |= CLONE_NEWUSER;
    if (!(slot->config->without & WITHOUT_NETNS)) spaces |= CLONE_NEWNET;
    if (slot->two_users) must(setgroups(0, NULL), "setgroups");
    must(unshare(spaces), "unshare");
    uint32_t message = MAP_WANTED;
    send_message(control, &message, sizeof message, NULL, 0);
    if (receive_message(control, &message, sizeof message, NULL, NULL) == 0) _exit(0);
    if (message != MAPPED) fault_with("expected MAPPED", EBADMSG);
    if (slot->two_users) {
        must(setresgid(HELPER_UID, HELPER_UID, HELPER_UID), "setresgid");
        must(setresuid(HELPER_UID, HELPER_UID, HELPER_UID), "setresuid");
    }
    die_with_parent();
    must(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "dumpable");
    must(sethostname("box", 3), "sethostname");
}

static void close_all(const int *descriptors, int count) {
    for (int i = 0; i < count; i++) close(descriptors[i]);
}

/* By the system call: libc's fork would run its handlers, and knows no namespaces. */
static pid_t clone_init(const struct slot *slot, int *pidfd) {
    unsigned long spaces = CLONE_NEWNS | CLONE_NEWIPC;
    if (!(slot->config->without & WITHOUT_PIDNS)) spaces |= CLONE_NEWPID;
    return (pid_t)syscall(SYS_clone, spaces | CLONE_PIDFD | SIGCHLD, NULL, pidfd, NULL, NULL);
}

static void make_box(const struct slot *slot, int control, const struct box_message *asked, const int *descriptors,
                     int count) {
    if (count != 2 + 2 * (int)asked->count || asked->count > MAX_GROUPS) fault_with("MAKE_BOX", EBADMSG);
    struct box box = {asked->box, descriptors[0], descriptors[1], (int)asked->count, {0}, {0}};
    memcpy(box.join_run, descriptors + 2, asked->count * sizeof(int));
    memcpy(box.join_slot, descriptors + 2 + asked->count, asked->count * sizeof(int));
    int pidfd = -1;
    pid_t child = clone_init(slot, &pidfd);
    if (child == 0) {
        close(control);
        init(slot, &box);
    }
    must(child, "clone");
    uint32_t made = BOX_MADE;
    send_message(control, &made, sizeof made, &pidfd, 1);
    close(pidfd);
}

static void fill_box(const struct slot *slot, const struct box_message *asked, const int *descriptors, int count) {
    char path[MAX_PATH];
    /* Without the read-only layer, as a judge would that lets its programs work where they lie. */
    const bool writable = (slot->config->without & WITHOUT_READONLY) && slot->two_users;
    const uid_t owner = writable ? slot->program_uid : HELPER_UID;
    if (count != 1) fault_with("FILL_BOX", EBADMSG);
    int folder = (int)must(open(path_of(path, BOX_FOLDER, asked->box), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open box");
    empty_folder(folder);
    if (slot->two_users) must(fchown(folder, owner, owner), "chown box");
    unpack(descriptors[0], folder, owner);
    close(folder);
}

static void fill_files(const struct box_message *asked, const int *descriptors, int count) {
    char path[MAX_PATH];
    if (count != (int)asked->count || asked->count > MAX_FILES) fault_with("FILL_FILES", EBADMSG);
    int folder = (int)must(open(path_of(path, FILES_FOLDER, asked->box), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open files");
    empty_folder(folder);
    for (int i = 0; i < count; i++) {
        struct stat from;
        must(fstat(descriptors[i], &from), "stat file");
        int to = (int)must(openat(folder, asked->names[i], O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644),
                           "make file");
        copy_bytes(descriptors[i], to, (uint64_t)from.st_size);
        close(to);
    }
    close(folder);
}

static void serve(const struct slot *slot, int control) {
    static struct box_message asked;
    int descriptors[MAX_DESCRIPTORS], count;
    while (receive_message(control, &asked, sizeof asked, descriptors, &count) > 0) {
        uint32_t done = FILLED;
        if (asked.kind == MAKE_BOX) make_box(slot, control, &asked, descriptors, count);
        else if (asked.kind == FILL_BOX) fill_box(slot, &asked, descriptors, count);
        else if (asked.kind == FILL_FILES) fill_files(&asked, descriptors, count);
        else fault_with("unknown message", EBADMSG);
        close_all(descriptors, count);
        if (asked.kind != MAKE_BOX) send_message(control, &done, sizeof done, NULL, 0);
    }
}

void zygote(const struct config *config, struct usage *usage, int control) {
    tell_faults_by(control);
    die_with_parent();
    struct slot slot = {.config = config, .usage = usage, .two_users = config->uid != 0};
    if (slot.two_users) slot.program_uid = config->without & WITHOUT_USERNS ? config->uid + 1 : PROGRAM_UID;
    slot.tree = make_root(config);
    slot.base_filter = compile_base_filter();
    slot.lock_filter = compile_lock_filter();
    enter_slot(&slot, control);
    /* Reaped by the kernel: the keeper watches inits by their pidfds. */
    if (signal(SIGCHLD, SIG_IGN) == SIG_ERR) fault("signal");
    uint32_t ready = ZYGOTE_READY;
    send_message(control, &ready, sizeof ready, NULL, 0);
    serve(&slot, control);
    _exit(0);
}
