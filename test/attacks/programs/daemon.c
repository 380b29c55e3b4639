/* Leaves a daemon: in a session of its own, deaf to signals, with or without the standard output. */
#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    prctl(PR_SET_PDEATHSIG, 0);
    int told[2];
    if (pipe(told) != 0) return 1;
    pid_t child = forked();
    if (child == 0) {
        setsid();
        pid_t daemon = forked();
        if (daemon != 0) _exit(daemon < 0);
        prctl(PR_SET_PDEATHSIG, 0);
        for (int number = 1; number < 65; number++) signal(number, number == SIGALRM ? SIG_DFL : SIG_IGN);
        if (strcmp(argument(0), "quiet") == 0) {
            for (int fd = 0; fd < 3; fd++) close(fd);
        }
        if (write(told[1], "x", 1) != 1) _exit(1);
        linger();
        _exit(0);
    }
    char byte;
    if (read(told[0], &byte, 1) != 1) return 2;
    puts("left a daemon");
}
