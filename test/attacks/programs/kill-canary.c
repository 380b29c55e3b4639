/* A process outside, by its number there. */
#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    pid_t pid = atoi(argument(0));
    if (pid < 2) return 1;
    tried("probe", kill(pid, 0));
    tried("stop", kill(pid, SIGSTOP));
    tried("kill", kill(pid, SIGKILL));
    tried_only("pidfd_open", syscall(SYS_pidfd_open, pid, 0));
    tried_only("getpgid", getpgid(pid));
    tried("prlimit", prlimit(pid, RLIMIT_NOFILE, &(struct rlimit){0, 0}, NULL));
    char folder[32];
    snprintf(folder, sizeof folder, "/proc/%d/root", pid);
    tried_only("root", open(folder, O_PATH));
}
