/* Into other processes: init's, and a child of its own, which without the filter it could. */
#include "witness.h"
#include <linux/kcmp.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

int main(int argc, char **argv) {
    begin(argc, argv);
    static int secret = 7;
    pid_t child = forked();
    if (child == 0) {
        linger();
        _exit(0);
    }
    if (child < 0) return 1;
    int copy = 0;
    struct iovec here = {&copy, sizeof copy}, there = {&secret, sizeof secret};
    tried("attach child", ptrace(PTRACE_SEIZE, child, NULL, NULL));
    tried("attach init", ptrace(PTRACE_SEIZE, 1, NULL, NULL));
    tried("readv child", process_vm_readv(child, &here, 1, &there, 1, 0));
    tried("writev child", process_vm_writev(child, &here, 1, &there, 1, 0));
    tried("readv init", process_vm_readv(1, &here, 1, &there, 1, 0));
    tried("kcmp child", syscall(SYS_kcmp, getpid(), child, KCMP_FILE, 0, 0));
    tried("kcmp init", syscall(SYS_kcmp, getpid(), 1, KCMP_FILE, 0, 0));
    int process = (int)syscall(SYS_pidfd_open, child, 0);
    tried_only("pidfd_open", process);
    tried_only("pidfd_getfd", syscall(SYS_pidfd_getfd, process, 1, 0));
    tried("process_madvise", syscall(SYS_process_madvise, process, &there, 1, MADV_COLD, 0));
    kill(child, SIGKILL);
    tried("traceme", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}
