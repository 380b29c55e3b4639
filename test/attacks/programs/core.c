/* A core dump holds all it has, and goes where the host says. */
#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY}, now;
    tried("core", setrlimit(RLIMIT_CORE, &all));
    if (getrlimit(RLIMIT_CORE, &now) != 0) return 1;
    printf("limit %lu\n", (unsigned long)now.rlim_max);
    if (chdir("/tmp") != 0) return 2;
    pid_t child = forked();
    if (child == 0) {
        prctl(PR_SET_DUMPABLE, 1);
        abort();
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child) return 3;
    printf("dumped %d\n", WCOREDUMP(status) != 0);
    abort();
}
