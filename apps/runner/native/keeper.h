/* The keeper's parts. It is one thread that waits for whatever happens next. */
#pragma once
#include <stdbool.h>
#include <poll.h>
#include <stdint.h>

#include "boxes.h"
#include "cgroup.h"
#include "frames.h"
#include "pack.h"

/* Outputs up to this long go into the result, longer ones to a file; INLINE_BYTES in sandbox.ts. */
#define INLINE_BYTES (64 * 1024)
/* A killed box that is not dead by then never will be. */
#define DEATH_TIMEOUT_NS (10ull * 1000000000)
/* Answers from zygote and init; the longest one copies a pack of the greatest size. */
#define ANSWER_TIMEOUT_MS 30000
/* Boxes that are over and whose namespaces the kernel takes down. */
#define MAX_DYING 8

/* Why a program ended; the order is that of RUN_STATUSES in frames.ts. */
enum cause { EXITED = 1, SIGNALLED, CPU_TIME, WALL_TIME, OUT_OF_MEMORY, STDOUT, CANCELLED_BY_US };

/* What a program writes, as far as it is kept. */
struct stream {
    /* The reading end; -1 at the end of the stream. */
    int pipe;
    uint64_t length, most;
    bool over;
    /* Opened when there is more than fits in. */
    int file;
    const char *file_name;
    uint8_t head[INLINE_BYTES];
};

/*
 * From the output of one program of a pair to the input of the other. The keeper stands between them so that the order of
 * their ends is known: the end of one is passed on to the other only when init has reported it, so nobody is harmed by an
 * end that is not yet written down. Who only closes a stream, and lives on, is passed on at once.
 */
struct channel {
    /* -1 when closed. */
    int from, to;
    /* Seen, and not yet passed on: the writer's end, the reader's end. */
    bool writer_left, reader_left;
    uint64_t taken;
    size_t start, length;
    uint8_t bytes[64 * 1024];
};

struct kept_box {
    bool made, running;
    int init_socket, program_socket, init;
    struct group group;
    /* The pack that /box shows, and whether /files shows anything. */
    char pack[MAX_PATH];
    bool has_files;
    /* Of the run. */
    const struct program_spec *spec;
    struct stream stdout_stream, stderr_stream;
    uint64_t started_ns, next_look_ns, cpu_before_us, killed_ns;
    enum cause cause;
    bool init_is_dead, ended, waits_for_collection;
    /* Init has been asked whether the program ends. */
    bool asked_for_life;
    uint32_t code;
    uint64_t ended_ns, cpu_us, memory_peak;
    struct collected_message collected;
};

struct dying_box {
    int init;
    struct group group;
    uint64_t since_ns;
};

struct keeper {
    struct config config;
    struct groups groups;
    struct usage *usage;
    /* The cache folder; and the same as a mount of its own, read-only: a file that was opened there shows no path of ours. */
    int cache, inputs;
    int zygote;
    struct kept_box boxes[MAX_PROGRAMS];
    /* Of a pair: channel i is written by program i. */
    struct channel channels[MAX_PROGRAMS];
    struct dying_box dying[MAX_DYING];
    int dying_count;
    bool running;
    struct run_spec run;
};

extern struct keeper keeper;

uint64_t now_ns(void);

/* start.c: everything up to READY. */
void start_keeper(void);

/* launch.c */
void make_pipe(int ends[2]);
void make_kept_box(unsigned number);
/* Starts the programs of `keeper.run`. */
void launch_run(void);
/* A message from zygote or init; faults of theirs become ours. Returns its length. */
size_t hear(int socket, uint32_t kind, void *message, size_t capacity, int *descriptors, int *count);

/* watch.c */
/* When something must be looked at without an event; ~0 for never. */
uint64_t next_deadline_ns(void);
void check_deadlines(void);
void kill_box(struct kept_box *box, enum cause cause);
void drain(struct kept_box *box, struct stream *stream);
void init_said(struct kept_box *box);
void init_died(struct kept_box *box);
bool is_over(const struct kept_box *box);
/* The program's end is written down: its own, or ours. */
bool has_ended(const struct kept_box *box);

/* pair.c */
int open_channel(struct channel *channel, int *reading_end);
/* What to wait for at a channel: POLLIN at `from`, and POLLOUT or nothing but the reader's end at `to`. */
void watch_channel(const struct channel *channel, struct pollfd events[2]);
void serve_channel(unsigned number, const struct pollfd events[2]);
/* Passes on the ends that may be by now. */
void pass_ends_on(void);
/* Init's answer: the program of the box lives on, and what it has closed is closed for the other too. */
void lives_on(const struct kept_box *box);
void close_channels(void);
/* The run's box is given up: its init ends, and its group is removed once the kernel is done with it. */
void dismiss_box(struct kept_box *box);
void dying_died(int index);
