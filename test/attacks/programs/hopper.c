/* No process of it lives longer than a moment: a killer that looks for process ids comes too late. Cap: 5,000 hops. */
#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    pid_t child = forked();
    if (child < 0) return 1;
    if (child > 0) {
        printf("hopping from %d\n", child > 0);
        return 0;
    }
    for (int hop = 0; hop < 5000 && living(); hop++) {
        setsid();
        if (fork() != 0) _exit(0);
        mortal();
        usleep(200);
    }
}
