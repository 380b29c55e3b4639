/* Addresses of the kernel; all zero is none. */
#include "witness.h"

static void look(const char *path) {
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        printf("%s %s\n", path, error_name(errno));
        return;
    }
    unsigned long address, seen = 0, lines = 0;
    char line[512];
    while (lines < 2000 && fgets(line, sizeof line, file) != NULL) {
        lines++;
        if (sscanf(line, "%lx", &address) == 1) seen |= address;
    }
    printf("%s %s\n", path, seen == 0 ? "tells nothing" : "tells addresses");
    fclose(file);
}

int main(int argc, char **argv) {
    begin(argc, argv);
    look("/proc/kallsyms");
    look("/proc/self/stack");
    look("/proc/modules");
}
