/* More than its share of the processor, and more than its limits. */
#include "witness.h"

static void raise_limit(const char *name, int which) {
    struct rlimit now, more = {RLIM_INFINITY, RLIM_INFINITY};
    if (getrlimit(which, &now) != 0) exit(1);
    if (now.rlim_max == RLIM_INFINITY) printf("%s is unlimited\n", name);
    else tried(name, setrlimit(which, &more));
}

int main(int argc, char **argv) {
    begin(argc, argv);
    if (strcmp(argument(0), "limits") == 0) {
        raise_limit("NOFILE", RLIMIT_NOFILE);
        raise_limit("FSIZE", RLIMIT_FSIZE);
        raise_limit("CORE", RLIMIT_CORE);
        raise_limit("CPU", RLIMIT_CPU);
        raise_limit("MEMLOCK", RLIMIT_MEMLOCK);
        raise_limit("NICE", RLIMIT_NICE);
        raise_limit("RTPRIO", RLIMIT_RTPRIO);
        return 0;
    }
    struct sched_param first = {.sched_priority = 1};
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } deadline = {.size = 48, .policy = 6, .runtime = 900000, .deadline = 1000000, .period = 1000000};
    tried("nice", setpriority(PRIO_PROCESS, 0, -20));
    tried("fifo", sched_setscheduler(0, SCHED_FIFO, &first));
    tried("rr", sched_setscheduler(0, SCHED_RR, &first));
    tried("deadline", syscall(SYS_sched_setattr, 0, &deadline, 0));
    tried("ioprio", syscall(SYS_ioprio_set, 1, 0, 1 << 13));
}
