/* Every timer it can have, each as fast as it goes. Its own cap: 20,000. */
#include "witness.h"
#include <sys/time.h>

static void ignore(int number) { (void)number; }

int main(int argc, char **argv) {
    begin(argc, argv);
    signal(SIGVTALRM, ignore);
    signal(SIGUSR1, ignore);
    struct itimerval fast = {{0, 1}, {0, 1}};
    if (setitimer(ITIMER_VIRTUAL, &fast, NULL) != 0) return 1;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    struct itimerspec often = {{0, 100000}, {0, 100000}};
    int count = 0;
    timer_t timer;
    while (count < 20000 && timer_create(CLOCK_MONOTONIC, &event, &timer) == 0) {
        timer_settime(timer, 0, &often, NULL);
        if (count++ == 0) puts("timers set");
    }
    spin();
}
