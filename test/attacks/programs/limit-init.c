/* Takes process 1 the means to work: limits, priority, core, scheduling. */
#include "witness.h"

static void limit(const char *name, int which) {
    struct rlimit none = {0, 0};
    tried(name, prlimit(1, which, &none, NULL));
}

int main(int argc, char **argv) {
    begin(argc, argv);
    limit("prlimit NOFILE", RLIMIT_NOFILE);
    limit("prlimit CPU", RLIMIT_CPU);
    limit("prlimit NPROC", RLIMIT_NPROC);
    limit("prlimit AS", RLIMIT_AS);
    tried("nice", setpriority(PRIO_PROCESS, 1, 19));
    struct sched_param idle = {0};
    tried("idle", sched_setscheduler(1, SCHED_IDLE, &idle));
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(0, &cores);
    tried("affinity", sched_setaffinity(1, sizeof cores, &cores));
    tried("ioprio", syscall(SYS_ioprio_set, 1, 1, 3 << 13));
    tried("setpgid", setpgid(1, 0));
    puts("still here");
}
