#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "boxes.h"
#include "fault.h"

/* One page of it becomes our own, with the same bytes: that is enough for the kernel to copy the whole map on a fork. */
static void share(char *start, size_t length, int protection) {
    /* A hardened kernel may refuse: then forks are slower, and all else is as it was. */
    if (mprotect(start, length, protection | PROT_WRITE) != 0) return;
    *(volatile char *)start = *(volatile char *)start;
    must(mprotect(start, length, protection), "protect code");
    if (madvise(start, length, MADV_POPULATE_READ) != 0) return;
}

/*
 * A fork does not copy the map of pages that lie in a file unchanged: each child fetches them again, fault by fault. A
 * third of the cost of a box was that. Read from /proc/self/maps, of which the slot's root shows the host's.
 */
void share_code(void) {
    char line[512], permissions[5], name[256];
    unsigned long start, end;
    FILE *maps = fopen("/proc/self/maps", "re");
    if (maps == NULL) fault("read maps");
    while (fgets(line, sizeof line, maps) != NULL) {
        if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %255s", &start, &end, permissions, name) != 4 || name[0] != '/') continue;
        if (permissions[1] == 'w') continue;
        share((char *)start, end - start, PROT_READ | (permissions[2] == 'x' ? PROT_EXEC : 0));
    }
    fclose(maps);
}
