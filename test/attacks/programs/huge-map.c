/* Address space is not memory: runtimes reserve it by the terabyte. */
#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    void *reserved = mmap(NULL, 1L << 40, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    tried_only("reserve 1 TiB", reserved == MAP_FAILED ? -1 : 0);
    char *memory = mmap(NULL, 1L << 40, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    tried_only("map 1 TiB", memory == MAP_FAILED ? -1 : 0);
    if (memory != MAP_FAILED) memory[1L << 39] = 1;
    void *pages_of_2_mib = mmap(NULL, 64 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
    tried_only("huge pages", pages_of_2_mib == MAP_FAILED ? -1 : 0);
}
