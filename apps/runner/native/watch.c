#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"
#include "keeper.h"

#define US_NS 1000ull
/* The shortest pause between two looks at the CPU time. */
#define LOOK_NS (1000 * US_NS)
/* Killed for memory with less than this share of the limit used: then it was the machine that had no memory. */
#define MEMORY_SHARE 2

uint64_t now_ns(void) {
    struct timespec now;
    must(clock_gettime(CLOCK_MONOTONIC, &now), "clock");
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool has_group(void) { return keeper.groups.count > 0; }

static struct usage *usage_of(const struct kept_box *box) { return &keeper.usage[box - keeper.boxes]; }

static uint64_t cpu_used_us(const struct kept_box *box) {
    if (!has_group()) return usage_of(box)->cpu_us;
    return group_cpu_us(&keeper.groups, &box->group) - box->cpu_before_us;
}

static bool out_of_memory(const struct kept_box *box) {
    if (has_group()) return group_out_of_memory(&box->group);
    return usage_of(box)->memory_peak > box->spec->limits.memory;
}

void kill_box(struct kept_box *box, enum cause cause) {
    if (box->cause != 0 || box->ended) return;
    /* The first cause counts, and memory was exceeded before we looked. */
    box->cause = cause != CANCELLED_BY_US && out_of_memory(box) ? OUT_OF_MEMORY : cause;
    box->killed_ns = now_ns();
    /* PID 1 of the namespace: the kernel kills everything in it, and init is dead only when all of it is. */
    if (syscall(SYS_pidfd_send_signal, box->init, SIGKILL, NULL, 0) != 0 && errno != ESRCH) fault("kill box");
    if (keeper.config.without & WITHOUT_PIDNS) kill_group(&keeper.groups, &box->group);
}

static uint64_t earlier(uint64_t one, uint64_t other) { return one < other ? one : other; }

static uint64_t box_deadline_ns(const struct kept_box *box) {
    if (box->killed_ns != 0) return box->killed_ns + DEATH_TIMEOUT_NS;
    if (box->ended) return box->ended_ns + 6 * DEATH_TIMEOUT_NS;
    return earlier(box->started_ns + box->spec->limits.wall_us * US_NS, box->next_look_ns);
}

uint64_t next_deadline_ns(void) {
    uint64_t deadline = ~0ull;
    for (int i = 0; i < MAX_PROGRAMS; i++) {
        const struct kept_box *box = &keeper.boxes[i];
        if (box->running && !is_over(box)) deadline = earlier(deadline, box_deadline_ns(box));
    }
    for (int i = 0; i < keeper.dying_count; i++) deadline = earlier(deadline, keeper.dying[i].since_ns + DEATH_TIMEOUT_NS);
    return deadline;
}

/* A look at the figures; the next is when the CPU time could be used up, on the one core that there is. */
static void look_at(struct kept_box *box, uint64_t now) {
    const struct limits *limits = &box->spec->limits;
    const uint64_t used_us = cpu_used_us(box);
    if (used_us >= limits->cpu_us) return kill_box(box, CPU_TIME);
    if (!has_group() && out_of_memory(box)) return kill_box(box, OUT_OF_MEMORY);
    uint64_t pause = (limits->cpu_us - used_us) * US_NS;
    if (!has_group()) pause = earlier(pause, SAMPLE_MS * 1000 * US_NS);
    box->next_look_ns = now + (pause < LOOK_NS ? LOOK_NS : pause);
}

static void check_box(struct kept_box *box, uint64_t now) {
    if (box->killed_ns != 0 || box->ended) {
        if (box_deadline_ns(box) <= now) fault_with("a killed box does not die", ETIMEDOUT);
        return;
    }
    /* Time on the clock first: who sleeps uses no CPU time. */
    if (now - box->started_ns >= box->spec->limits.wall_us * US_NS) kill_box(box, WALL_TIME);
    else if (now >= box->next_look_ns) look_at(box, now);
}

void check_deadlines(void) {
    const uint64_t now = now_ns();
    for (int i = 0; i < MAX_PROGRAMS; i++) {
        if (keeper.boxes[i].running && !is_over(&keeper.boxes[i])) check_box(&keeper.boxes[i], now);
    }
    for (int i = 0; i < keeper.dying_count; i++) {
        if (now - keeper.dying[i].since_ns >= DEATH_TIMEOUT_NS) fault_with("a box does not end", ETIMEDOUT);
    }
}

static int create_file(const char *path) {
    struct open_how how = {.flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                           .mode = 0600,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
    return (int)must(syscall(SYS_openat2, keeper.cache, path, &how, sizeof how), "create file");
}

static void write_all(int file, const uint8_t *bytes, size_t length) {
    for (size_t done = 0; done < length;) {
        ssize_t written = write(file, bytes + done, length - done);
        if (written < 0 && errno == EINTR) continue;
        done += (size_t)must(written, "write output");
    }
}

static void keep(struct stream *stream, const uint8_t *bytes, size_t length) {
    if (stream->file < 0 && stream->length + length <= INLINE_BYTES) {
        memcpy(stream->head + stream->length, bytes, length);
    } else {
        if (stream->file < 0) {
            stream->file = create_file(stream->file_name);
            write_all(stream->file, stream->head, stream->length);
        }
        write_all(stream->file, bytes, length);
    }
    stream->length += length;
}

void drain(struct kept_box *box, struct stream *stream) {
    static uint8_t bytes[INLINE_BYTES];
    ssize_t got = read(stream->pipe, bytes, sizeof bytes);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (must(got, "read output") == 0) {
        close(stream->pipe);
        stream->pipe = -1;
        if (stream->file >= 0) close(stream->file);
        return;
    }
    const uint64_t room = stream->most - stream->length;
    if ((uint64_t)got > room) stream->over = true;
    if (room > 0) keep(stream, bytes, (uint64_t)got > room ? (size_t)room : (size_t)got);
    if (!stream->over || stream != &box->stdout_stream) return;
    kill_box(box, STDOUT);
    /* It has ended by itself meanwhile; its output is not whole all the same. */
    if (box->cause == EXITED || box->cause == SIGNALLED) box->cause = STDOUT;
}

/*
 * The program is dead. If its socket ended without a word, it had been executed; a message says why it could not be. Looked at
 * only now: to be woken by each exec would cost more than to learn of a rare fault a little later.
 */
static void check_executed(const struct kept_box *box) {
    struct fault_message message;
    if (receive_message(box->program_socket, &message, sizeof message, NULL, NULL) == 0) return;
    message.step[sizeof message.step - 1] = 0;
    fault_with(message.step, message.error);
}

static void take_figures(struct kept_box *box, const struct ended_message *message) {
    box->cpu_us = cpu_used_us(box);
    box->memory_peak = has_group() ? group_memory_peak(&box->group) : usage_of(box)->memory_peak;
    if (!has_group() && message != NULL) {
        if (message->cpu_us > box->cpu_us) box->cpu_us = message->cpu_us;
        if (message->memory_peak > box->memory_peak) box->memory_peak = message->memory_peak;
    }
    if (has_group() && group_out_of_memory(&box->group) && box->memory_peak < box->spec->limits.memory / MEMORY_SHARE)
        fault_with("the machine is out of memory", ENOMEM);
}

/* What the figures say when nothing was killed in time. */
static enum cause cause_by_figures(const struct kept_box *box) {
    const struct limits *limits = &box->spec->limits;
    if (has_group()) return group_out_of_memory(&box->group) ? OUT_OF_MEMORY : 0;
    if (box->memory_peak > limits->memory) return OUT_OF_MEMORY;
    return box->cpu_us > limits->cpu_us ? CPU_TIME : 0;
}

static void ask_for_collection(struct kept_box *box) {
    static struct box_message message;
    message.kind = COLLECT;
    if (strlen(box->spec->required) >= sizeof message.required) fault_with("required", ENAMETOOLONG);
    strcpy(message.required, box->spec->required);
    int pack = create_file(box->spec->collect);
    send_message(box->init_socket, &message, sizeof message, &pack, 1);
    close(pack);
    box->waits_for_collection = true;
}

static void program_ended(struct kept_box *box, const struct ended_message *message) {
    check_executed(box);
    if (keeper.config.without & WITHOUT_PIDNS) kill_group(&keeper.groups, &box->group);
    box->ended = true;
    box->ended_ns = message->at_ns;
    take_figures(box, message);
    if (box->cause == 0) box->cause = cause_by_figures(box);
    if (box->cause != 0) return;
    const bool exited = WIFEXITED(message->status);
    box->code = (uint32_t)(exited ? WEXITSTATUS(message->status) : WTERMSIG(message->status));
    box->cause = exited ? EXITED : SIGNALLED;
    if (box->spec->collect[0] != 0 && exited && box->code == 0) ask_for_collection(box);
}

void init_said(struct kept_box *box) {
    union {
        uint32_t kind;
        struct ended_message ended;
        struct collected_message collected;
        struct life_message life;
        struct fault_message fault;
    } said;
    /* Its end is told by its pidfd. */
    if (receive_message(box->init_socket, &said, sizeof said, NULL, NULL) == 0) {
        close(box->init_socket);
        box->init_socket = -1;
    } else if (said.kind == FAULTED) {
        said.fault.step[sizeof said.fault.step - 1] = 0;
        fault_with(said.fault.step, said.fault.error);
    } else if (said.kind == ENDED && !box->ended) {
        /* After our kill, what counts is that all is dead. */
        if (box->killed_ns == 0) program_ended(box, &said.ended);
    } else if (said.kind == LIVES && box->asked_for_life) {
        box->asked_for_life = false;
        if (!said.life.ends) lives_on(box);
    } else if (said.kind == COLLECTED && box->waits_for_collection) {
        box->waits_for_collection = false;
        box->collected = said.collected;
    } else {
        fault_with("unexpected message", EBADMSG);
    }
}

void init_died(struct kept_box *box) {
    if (box->init_is_dead) return;
    box->init_is_dead = true;
    /* What it said last lies in the socket. */
    while (box->init_socket >= 0) init_said(box);
    if (box->ended && !box->waits_for_collection) return;
    if (box->killed_ns == 0) fault_with("init is dead", ECHILD);
    box->ended_ns = now_ns();
    take_figures(box, NULL);
}

bool has_ended(const struct kept_box *box) { return box->ended || box->init_is_dead; }

bool is_over(const struct kept_box *box) {
    if (box->stdout_stream.pipe >= 0 || box->stderr_stream.pipe >= 0) return false;
    return box->killed_ns != 0 ? box->init_is_dead : box->ended && !box->waits_for_collection;
}

void dismiss_box(struct kept_box *box) {
    if (keeper.dying_count == MAX_DYING) fault_with("boxes do not end", EBUSY);
    if (box->init_socket >= 0) close(box->init_socket);
    if (box->program_socket >= 0) close(box->program_socket);
    keeper.dying[keeper.dying_count++] = (struct dying_box){box->init, box->group, now_ns()};
    box->made = box->running = false;
}

void dying_died(int index) {
    struct dying_box *dying = &keeper.dying[index];
    close(dying->init);
    retire_group(&keeper.groups, &dying->group);
    *dying = keeper.dying[--keeper.dying_count];
}
