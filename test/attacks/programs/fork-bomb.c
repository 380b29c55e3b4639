/* Forks without end, each child too. Its own cap: 5,000 forks in all. */
#include "witness.h"
#include <stdatomic.h>

int main(int argc, char **argv) {
    begin(argc, argv);
    int sessions = strcmp(argument(0), "sessions") == 0;
    atomic_int *counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (counts == MAP_FAILED) return 1;
    while (living()) {
        if (atomic_fetch_add(&counts[0], 1) > 5000) {
            spin();
            break;
        }
        pid_t child = fork();
        if (child == 0) {
            mortal();
            if (sessions) setsid();
        }
        /* Set when it is told: who is first to be refused may be the last to have the processor again. */
        if (child < 0 && counts[1] == 0) {
            printf("fork %s\n", error_name(errno));
            counts[1] = 1;
        }
    }
}
