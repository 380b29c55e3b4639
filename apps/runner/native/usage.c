#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boxes.h"
#include "fault.h"
#include "path.h"

#define PAGE_BYTES 4096u
/* Linux tells programs CPU time in these, whatever its own clock. */
#define TICK_US 10000u

/* Empty when the process is gone. */
static void read_file(const char *proc, const char *pid, const char *name, char *text, size_t capacity) {
    char path[MAX_PATH];
    int fd = open(path_of(path, "%s/%s/%s", proc, pid, name), O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? 0 : read(fd, text, capacity - 1);
    text[got < 0 ? 0 : got] = 0;
    if (fd >= 0) close(fd);
}

/* Of the process and the children that it has reaped: fields 14 to 17; the name before them may hold anything but is in brackets. */
static uint64_t cpu_us_of(const char *proc, const char *pid) {
    char text[1024];
    read_file(proc, pid, "stat", text, sizeof text);
    const char *rest = strrchr(text, ')');
    unsigned long user = 0, system = 0, children_user = 0, children_system = 0;
    if (rest == NULL || sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %lu %lu", &user, &system,
                               &children_user, &children_system) != 4)
        return 0;
    return (uint64_t)(user + system + children_user + children_system) * TICK_US;
}

void sample_usage(const char *proc, struct usage *usage) {
    uint64_t cpu_us = 0, private_bytes = 0, shared_bytes = 0;
    DIR *entries = opendir(proc);
    if (entries == NULL) fault("read proc");
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
        char text[128];
        unsigned long resident = 0, shared = 0;
        cpu_us += cpu_us_of(proc, entry->d_name);
        if (strcmp(entry->d_name, "1") == 0) continue;
        read_file(proc, entry->d_name, "statm", text, sizeof text);
        if (sscanf(text, "%*u %lu %lu", &resident, &shared) != 2) continue;
        private_bytes += (uint64_t)(resident - shared) * PAGE_BYTES;
        if ((uint64_t)shared * PAGE_BYTES > shared_bytes) shared_bytes = (uint64_t)shared * PAGE_BYTES;
    }
    closedir(entries);
    if (cpu_us > usage->cpu_us) usage->cpu_us = cpu_us;
    if (private_bytes + shared_bytes > usage->memory_peak) usage->memory_peak = private_bytes + shared_bytes;
}
