/*
 * Cgroups, v1 or v2. The slot has a group (a folder in each of v1's hierarchies); below it lie `keeper`, where the helper
 * itself is, and a fresh group for each run: only a fresh group knows all that a run has used, whatever it forked, ignored
 * or mapped. All is done by descriptors that the keeper opened; processes in the sandbox join by writing to descriptors that
 * it hands them.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "frames.h"

/* v1 has these hierarchies; v2's one counts as the first. */
enum { CPU = 0, MEMORY = 1, PIDS = 2 };

/* Removed groups whose page cache may still be in use: kept for a while, for the next runs read the same files. */
#define RETIRED_GROUPS 8

struct group {
    uint32_t number;
    /* To write "0" to: the writer joins. `count` of them. */
    int join[MAX_GROUPS];
    int memory_limit, swap_limit, process_limit, memory_peak, memory_events, cpu_usage;
};

struct groups {
    /* 0: no cgroups; else the number of hierarchies. */
    int count;
    int folders[MAX_GROUPS];
    int join_slot[MAX_GROUPS];
    uint32_t next_number;
    /* Oldest first. */
    uint32_t retired[RETIRED_GROUPS];
    int retired_count;
};

/* Opens the slot's folders, removes what a killed helper left there, and moves this process in. */
void open_groups(struct groups *groups, const struct config *config);

void make_group(struct groups *groups, struct group *group);
void limit_group(const struct groups *groups, const struct group *group, uint64_t memory, uint32_t processes);
uint64_t group_cpu_us(const struct groups *groups, const struct group *group);
uint64_t group_memory_peak(const struct group *group);
/* The kernel has killed a process of the group because it was over its memory limit. */
bool group_out_of_memory(const struct group *group);
/* Kills what is in the group until nothing is: only where there is no PID namespace whose init could be killed. */
void kill_group(const struct groups *groups, const struct group *group);
/* The group's processes are dead. It is removed at once, or later when the kernel still holds it. */
void retire_group(struct groups *groups, struct group *group);
/* Removes the oldest retired group; returns false when there is none. */
bool remove_retired(struct groups *groups);
