/*
 * Messages inside the helper, over SOCK_SEQPACKET pairs: between the keeper and each of zygote, init and program. One message
 * is one struct and some descriptors; both ends are the same binary, so the struct is sent as it lies in memory.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "frames.h"

#define MAX_DESCRIPTORS (MAX_FILES + 16)

enum message_kind {
    /* Any process to the keeper: trouble of ours. */
    FAULTED = 1,
    /* Zygote to keeper, then keeper to zygote: the user namespace waits for its map; the map is written. */
    MAP_WANTED,
    MAPPED,
    /* Zygote to keeper: boxes can be made. */
    ZYGOTE_READY,
    /* Keeper to zygote: make box `box`. Descriptors: init's socket, the program's socket, then those to join the run's
     * groups, then those to join the slot's. Answered by BOX_MADE with a descriptor of init (a pidfd). */
    MAKE_BOX,
    BOX_MADE,
    /* Keeper to zygote: what box `box` sees as /box (one descriptor, a pack) or as /files (`count` descriptors and names). */
    FILL_BOX,
    FILL_FILES,
    FILLED,
    /* Program to keeper: the box is made, and the program waits for GO. */
    BOX_READY,
    /* Keeper to init: make /box a writable copy of the pack (a descriptor), of at most `size` bytes; or only change the size of
     * the scratch space. Answered by SETTLED. */
    SETTLE,
    SETTLED,
    /* Keeper to program: run. Descriptors: standard input, output, error output. No answer but the end of the socket, which
     * means that the program has been executed. */
    GO,
    /* Init to keeper: the program has ended, and everything that it left behind is dead. */
    ENDED,
    /* Keeper to init: write what is left in /box to the descriptor. */
    COLLECT,
    COLLECTED,
    /* Keeper to init: is the program about to end? Answered by LIVES, with 1 when it is; or by nothing, when it has. */
    ASK_LIFE,
    LIVES,
};

struct fault_message {
    uint32_t kind;
    int32_t error;
    char step[56];
};

struct box_message {
    uint32_t kind;
    uint32_t box;
    /* Of MAKE_BOX: descriptors to join the run's groups, and as many for the slot's. */
    uint32_t count;
    /* Of SETTLE: bytes of the scratch space, and whether /box becomes writable. */
    uint64_t size;
    bool writable, collect;
    /* Of FILL_FILES. */
    char names[MAX_FILES][256];
    /* Of COLLECT: a file that must be there, or empty. */
    char required[256];
};

struct ended_message {
    uint32_t kind;
    /* As wait4 gives it. */
    int32_t status;
    /* Of CLOCK_MONOTONIC. */
    uint64_t at_ns;
    /* Of the processes that were waited for: the only figures where there is no cgroup. */
    uint64_t cpu_us, memory_peak;
};

struct collected_message {
    uint32_t kind;
    uint32_t collected;
    uint64_t size;
};

struct life_message {
    uint32_t kind;
    uint32_t ends;
};

struct go_message {
    uint32_t kind;
    uint64_t file, stack, cpu_seconds;
    uint32_t open_files;
    /* 0: the cgroup limits processes. */
    uint32_t processes;
    uint8_t deny_locks, warm;
    uint32_t argc, length;
    /* argc strings, each with its NUL byte; `length` bytes. The message ends behind them. */
    char arguments[96 * 1024];
};

/* A connected pair, both close-on-exec. */
void make_pair(int pair[2]);

void send_message(int socket, const void *message, size_t length, const int *descriptors, int count);

/*
 * Waits for one message of at most `capacity` bytes. Returns its length; 0 when the other end is closed. The descriptors that came are put into
 * `descriptors`, which has room for MAX_DESCRIPTORS, or NULL where none are expected, and are close-on-exec.
 */
size_t receive_message(int socket, void *message, size_t capacity, int *descriptors, int *count);

/* Of a process that talks to the keeper by `socket`: faults go there. */
void tell_faults_by(int socket);
