/*
 * The processes of a slot below the keeper; see main.c for who they are.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "filter.h"
#include "frames.h"
#include "wire.h"

/*
 * Users inside the slot's user namespace: the helper's and the program's. Where the host lends us one user, both are it, under
 * the second name. Without a user namespace the helper is the host's root, and the program the second user of the slot.
 */
#define HELPER_UID 0
#define PROGRAM_UID 1000

/* Of the scratch space unless a run asks for another. */
#define SCRATCH_BYTES (256ULL * 1024 * 1024)

/*
 * Figures where there is no cgroup: init looks at its processes every SAMPLE_MS and writes here, in memory shared with the
 * keeper. What happens between two looks is missed.
 */
struct usage {
    _Atomic uint64_t cpu_us, memory_peak;
};
#define SAMPLE_MS 20

/* What zygote, init and program know; made by the zygote. */
struct slot {
    const struct config *config;
    /* One for each box. */
    struct usage *usage;
    /* Where the tree lies in the slot's root. */
    const char *tree;
    struct filter base_filter, lock_filter;
    /* Separate users for helper and program; and who owns what the program may write, 0: whoever makes it. */
    bool two_users;
    uid_t program_uid;
};

/* A box to be: what init and its program start with. */
struct box {
    uint32_t number;
    int init_socket, program_socket;
    /* Descriptors to join the run's groups and the slot's; 0 without cgroups. */
    int group_count;
    int join_run[MAX_GROUPS], join_slot[MAX_GROUPS];
};

/* Makes the slot and boxes in it, as the keeper asks by `control`, until that is closed. */
_Noreturn void zygote(const struct config *config, struct usage *usage, int control);

/* PID 1 of a box. */
_Noreturn void init(const struct slot *slot, const struct box *box);

/* Waits for GO and becomes the program. */
_Noreturn void program(const struct slot *slot, const struct box *box);

/* Ends this process when its parent dies, however it dies. To be said again after each change of user. */
void die_with_parent(void);

/* Writes "0" to each: this process joins. */
void join_groups(const int *groups, int count);

/* One look at all processes that `proc` shows, but init. Adds up what lives; keeps the highest. */
void sample_usage(const char *proc, struct usage *usage);
