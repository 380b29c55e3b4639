/* Ignores and blocks every signal, then spins; the terminating ones are tried on itself. */
#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    for (int number = 1; number < 65; number++) signal(number, SIG_IGN);
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    const int fatal[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGXCPU, SIGALRM, SIGUSR1, SIGRTMAX};
    int survived = 0;
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) survived += kill(getpid(), fatal[i]) == 0;
    printf("survived %d signals\n", survived);
    spin();
}
