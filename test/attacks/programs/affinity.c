#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    cpu_set_t own, cores;
    if (sched_getaffinity(0, sizeof own, &own) != 0) return 1;
    CPU_ZERO(&cores);
    for (int core = 0; core < 64; core++) CPU_SET(core, &cores);
    printf("cores %d\n", CPU_COUNT(&own));
    tried("affinity", sched_setaffinity(0, sizeof cores, &cores));
    if (sched_getaffinity(0, sizeof own, &own) != 0) return 2;
    printf("cores %d\n", CPU_COUNT(&own));
}
