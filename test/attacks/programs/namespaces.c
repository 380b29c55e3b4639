/* New namespaces are how a program would get capabilities back. */
#include "witness.h"
#include <linux/sched.h>

static void by_clone(const char *act, unsigned long flags) {
    long child = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
    if (child == 0) _exit(0);
    tried_only(act, child);
}

int main(int argc, char **argv) {
    begin(argc, argv);
    const struct { const char *name; unsigned long flag; } kinds[] = {
        {"user", CLONE_NEWUSER}, {"mount", CLONE_NEWNS}, {"pid", CLONE_NEWPID}, {"net", CLONE_NEWNET},
        {"ipc", CLONE_NEWIPC}, {"uts", CLONE_NEWUTS}, {"cgroup", CLONE_NEWCGROUP}, {"time", CLONE_NEWTIME}};
    char act[64];
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        snprintf(act, sizeof act, "clone %s", kinds[i].name);
        /* The bit of a time namespace is part of the signal in this call. */
        if (kinds[i].flag != CLONE_NEWTIME) by_clone(act, kinds[i].flag);
    }
    by_clone("clone all", CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID);
    /* The upper half of the register is not looked at by the kernel's clone. */
    by_clone("clone high bits", 0x8000000000000000UL | CLONE_NEWUSER);
    struct clone_args arguments = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
    long child = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (child == 0) _exit(0);
    tried_only("clone3", child);
    int own = open("/proc/self/ns/user", O_RDONLY);
    tried("setns", setns(own, 0));
    tried("setns net", setns(own, CLONE_NEWNET));
    int process = (int)syscall(SYS_pidfd_open, getpid(), 0);
    tried("setns process", setns(process, CLONE_NEWNS));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        snprintf(act, sizeof act, "unshare %s", kinds[i].name);
        pid_t fresh = forked();
        if (fresh != 0) waitpid(fresh, NULL, 0);
        else {
            tried_only(act, unshare((int)kinds[i].flag));
            exit(0);
        }
    }
}
