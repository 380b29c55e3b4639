/* Signals to the parent and to process 1, by every call there is. */
#include "witness.h"
#include <sys/pidfd.h>

static void send_all(const char *name, pid_t pid, int number) {
    char act[64];
    snprintf(act, sizeof act, "%s %s", name, sigabbrev_np(number) ? sigabbrev_np(number) : "RT");
    tried(act, kill(pid, number));
    snprintf(act, sizeof act, "tgkill %s", sigabbrev_np(number) ? sigabbrev_np(number) : "RT");
    tried(act, syscall(SYS_tgkill, pid, pid, number));
    siginfo_t info = {.si_code = SI_QUEUE, .si_signo = number};
    snprintf(act, sizeof act, "queue %s", sigabbrev_np(number) ? sigabbrev_np(number) : "RT");
    tried(act, syscall(SYS_rt_sigqueueinfo, pid, number, &info));
}

int main(int argc, char **argv) {
    begin(argc, argv);
    const int stop[] = {SIGSTOP, SIGTSTP}, end[] = {SIGKILL, SIGTERM, SIGINT, SIGABRT, SIGCHLD, SIGALRM, SIGHUP, 64};
    int stopping = strcmp(argument(0), "stop") == 0;
    const int *numbers = stopping ? stop : end;
    size_t count = stopping ? sizeof stop / sizeof *stop : sizeof end / sizeof *end;
    printf("parent %d\n", getppid());
    for (size_t i = 0; i < count; i++) {
        send_all("kill", 1, numbers[i]);
        send_all("parent", getppid(), numbers[i]);
    }
    int fd = tried_only("pidfd_open", syscall(SYS_pidfd_open, 1, 0));
    if (fd >= 0) {
        for (size_t i = 0; i < count; i++) tried("pidfd_send_signal", syscall(SYS_pidfd_send_signal, fd, numbers[i], NULL, 0));
        tried_only("pidfd_getfd", syscall(SYS_pidfd_getfd, fd, 0, 0));
    }
    /* As the owner of a descriptor's signals, init would be sent one that kill() may not send. */
    int ends[2];
    if (pipe(ends) != 0) return 1;
    tried("setown", fcntl(ends[0], F_SETOWN, 1));
    tried("setsig", fcntl(ends[0], F_SETSIG, stopping ? SIGSTOP : SIGKILL));
    tried("async", fcntl(ends[0], F_SETFL, O_ASYNC));
    if (write(ends[1], "x", 1) != 1) return 2;
    puts("still here");
}
