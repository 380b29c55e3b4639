#define _GNU_SOURCE
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"

/* A dead process leaves its group a moment after its parent has seen it end. */
#define REMOVE_TRIES 500
#define REMOVE_PAUSE_NS 2000000

static bool is_v1(const struct groups *groups) { return groups->count == MAX_GROUPS; }

static void write_text(int fd, const char *text, const char *step) {
    must(pwrite(fd, text, strlen(text), 0), step);
}

static void write_number(int fd, uint64_t value, const char *step) {
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    write_text(fd, text, step);
}

/* The whole of a small file, as text. */
static void read_text(int fd, char *text, size_t capacity, const char *step) {
    ssize_t got = must(pread(fd, text, capacity - 1, 0), step);
    text[got] = 0;
}

/* The number behind `key` at a line's beginning; 0 when there is none. */
static uint64_t number_after(const char *text, const char *key) {
    size_t length = strlen(key);
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += line == text && *line != '\n' ? 0 : 1;
        if (strncmp(line, key, length) == 0) return strtoull(line + length, NULL, 10);
    }
    return 0;
}

static int open_at(int folder, const char *name, const char *file, int flags) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", name, file);
    return openat(folder, path, flags | O_CLOEXEC);
}

static void name_of(uint32_t number, char name[24]) { snprintf(name, 24, "run-%u", number); }

/* -1 when the kernel has no such file. */
static int open_optional(int folder, const char *name, const char *file, int flags) {
    int fd = open_at(folder, name, file, flags);
    if (fd < 0 && errno != ENOENT) fault(file);
    return fd;
}

/* True when it is gone. */
static bool remove_folder(int folder, const char *name) {
    return unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno == ENOENT;
}

static void remove_waiting(int folder, const char *name) {
    for (int tries = 0; !remove_folder(folder, name); tries++) {
        if (errno != EBUSY || tries == REMOVE_TRIES) fault("remove cgroup");
        nanosleep(&(struct timespec){0, REMOVE_PAUSE_NS}, NULL);
    }
}

static void remove_leftovers(int folder) {
    DIR *entries = fdopendir((int)must(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open cgroup"));
    if (entries == NULL) fault("read cgroup");
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (strncmp(entry->d_name, "run-", 4) == 0) remove_waiting(folder, entry->d_name);
    }
    closedir(entries);
}

void open_groups(struct groups *groups, const struct config *config) {
    memset(groups, 0, sizeof *groups);
    groups->count = config->group_count;
    for (int i = 0; i < groups->count; i++) {
        groups->folders[i] = (int)must(open(config->groups[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open cgroup");
        remove_leftovers(groups->folders[i]);
        if (mkdirat(groups->folders[i], "keeper", 0755) != 0 && errno != EEXIST) fault("make cgroup");
        groups->join_slot[i] = (int)must(open_at(groups->folders[i], "keeper", "cgroup.procs", O_WRONLY), "cgroup.procs");
        write_text(groups->join_slot[i], "0", "join cgroup");
    }
}

static void open_v1(struct groups *groups, struct group *group, const char *name) {
    const int memory = groups->folders[MEMORY];
    group->memory_limit = (int)must(open_at(memory, name, "memory.limit_in_bytes", O_WRONLY), "memory limit");
    group->swap_limit = open_optional(memory, name, "memory.memsw.limit_in_bytes", O_WRONLY);
    group->memory_peak = (int)must(open_at(memory, name, "memory.max_usage_in_bytes", O_RDONLY), "memory peak");
    group->memory_events = (int)must(open_at(memory, name, "memory.oom_control", O_RDONLY), "memory events");
    group->cpu_usage = (int)must(open_at(groups->folders[CPU], name, "cpuacct.usage", O_RDONLY), "cpu usage");
    group->process_limit = (int)must(open_at(groups->folders[PIDS], name, "pids.max", O_WRONLY), "process limit");
}

static void open_v2(struct groups *groups, struct group *group, const char *name) {
    const int folder = groups->folders[0];
    group->memory_limit = (int)must(open_at(folder, name, "memory.max", O_WRONLY), "memory limit");
    group->swap_limit = open_optional(folder, name, "memory.swap.max", O_WRONLY);
    group->memory_peak = (int)must(open_at(folder, name, "memory.peak", O_RDONLY), "memory peak");
    group->memory_events = (int)must(open_at(folder, name, "memory.events", O_RDONLY), "memory events");
    group->cpu_usage = (int)must(open_at(folder, name, "cpu.stat", O_RDONLY), "cpu usage");
    group->process_limit = (int)must(open_at(folder, name, "pids.max", O_WRONLY), "process limit");
    /* One process over the limit ends the whole run. */
    int whole = (int)must(open_at(folder, name, "memory.oom.group", O_WRONLY), "memory.oom.group");
    write_text(whole, "1", "memory.oom.group");
    close(whole);
}

void make_group(struct groups *groups, struct group *group) {
    char name[24];
    group->number = groups->next_number++;
    name_of(group->number, name);
    for (int i = 0; i < groups->count; i++) {
        must(mkdirat(groups->folders[i], name, 0755), "make cgroup");
        group->join[i] = (int)must(open_at(groups->folders[i], name, "cgroup.procs", O_WRONLY), "cgroup.procs");
    }
    if (is_v1(groups)) open_v1(groups, group, name);
    else if (groups->count > 0) open_v2(groups, group, name);
}

void limit_group(const struct groups *groups, const struct group *group, uint64_t memory, uint32_t processes) {
    write_number(group->memory_limit, memory, "memory limit");
    /* v1 counts memory and swap together, v2 swap alone; either way there is none. */
    if (group->swap_limit >= 0) write_number(group->swap_limit, is_v1(groups) ? memory : 0, "swap limit");
    write_number(group->process_limit, processes, "process limit");
}

uint64_t group_cpu_us(const struct groups *groups, const struct group *group) {
    char text[512];
    read_text(group->cpu_usage, text, sizeof text, "cpu usage");
    return is_v1(groups) ? strtoull(text, NULL, 10) / 1000 : number_after(text, "usage_usec ");
}

uint64_t group_memory_peak(const struct group *group) {
    char text[32];
    read_text(group->memory_peak, text, sizeof text, "memory peak");
    return strtoull(text, NULL, 10);
}

bool group_out_of_memory(const struct group *group) {
    char text[512];
    read_text(group->memory_events, text, sizeof text, "memory events");
    return number_after(text, "oom_kill ") > 0;
}

void kill_group(const struct groups *groups, const struct group *group) {
    char name[24], text[4096];
    name_of(group->number, name);
    for (int tries = 0; groups->count > 0 && tries < REMOVE_TRIES; tries++) {
        int members = (int)must(open_at(groups->folders[groups->count - 1], name, "cgroup.procs", O_RDONLY), "cgroup.procs");
        read_text(members, text, sizeof text, "cgroup.procs");
        close(members);
        if (text[0] == 0) return;
        for (char *next = text; *next >= '1' && *next <= '9'; next += strspn(next, "\n")) kill((pid_t)strtol(next, &next, 10), SIGKILL);
        nanosleep(&(struct timespec){0, REMOVE_PAUSE_NS}, NULL);
    }
}

/* Page cache would pin the group after its folder is gone: thousands of such groups slow the kernel down. */
static void drop_cache(const struct groups *groups, const char *name) {
    const char *file = is_v1(groups) ? "memory.force_empty" : "memory.reclaim";
    int fd = open_optional(groups->folders[is_v1(groups) ? MEMORY : 0], name, file, O_WRONLY);
    if (fd < 0) return;
    /* v2 says EAGAIN when there was less than asked for: all that could be is reclaimed. */
    const char *amount = is_v1(groups) ? "0" : "1G";
    if (write(fd, amount, strlen(amount)) < 0 && errno != EAGAIN && errno != EBUSY) fault(file);
    close(fd);
}

bool remove_retired(struct groups *groups) {
    if (groups->retired_count == 0) return false;
    char name[24];
    name_of(groups->retired[0], name);
    drop_cache(groups, name);
    for (int i = 0; i < groups->count; i++) remove_waiting(groups->folders[i], name);
    groups->retired_count--;
    memmove(groups->retired, groups->retired + 1, (size_t)groups->retired_count * sizeof *groups->retired);
    return true;
}

void retire_group(struct groups *groups, struct group *group) {
    if (groups->count == 0) return;
    const int opened[] = {group->memory_limit, group->swap_limit,    group->process_limit,
                          group->memory_peak,  group->memory_events, group->cpu_usage};
    for (size_t i = 0; i < sizeof opened / sizeof *opened; i++) {
        if (opened[i] >= 0) close(opened[i]);
    }
    for (int i = 0; i < groups->count; i++) close(group->join[i]);
    if (groups->retired_count == RETIRED_GROUPS) remove_retired(groups);
    groups->retired[groups->retired_count++] = group->number;
}
