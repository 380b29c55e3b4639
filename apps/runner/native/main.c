/*
 * The sandbox helper: one of these processes serves one slot of the runner. It starts once and then runs one program after
 * another (or a pair of them), each in a fresh box; a run costs little more than a fork and an exec, because everything that
 * does not depend on the run is done before it comes.
 *
 * Processes
 *   keeper   this one, with the rights of the runner. Talks to the runner in frames (frames.h), opens the files that a run
 *            needs, makes cgroups, holds the clock and the limits, and drains the outputs. It never enters a box and never
 *            touches a path inside of one.
 *   zygote   the keeper's child: nobody on the host (two users of the slot's own), root in the slot's user namespace, with
 *            the slot's network and UTS namespaces and a root that holds the toolchain and nothing of the host (root.h). Forks
 *            inits, and puts a program's files where its box shows them.
 *   init     PID 1 of a box: fresh PID, mount and IPC namespaces, a fresh /tmp and /proc. Reaps and counts, ends whatever the
 *            program leaves behind, and takes out what a build has made, when nothing of it runs any more.
 *   program  init's child. Joins the run's cgroup, gives every privilege away, takes the seccomp filter, waits for GO, takes the
 *            run's limits and streams, and executes the student's program.
 * When the keeper dies, the kernel and the closed sockets end all below it; the runner sees the pipe close.
 *
 *   runner ── frames ── keeper ── MAKE_BOX, FILL_* ──── zygote
 *                          ├───── SETTLE, COLLECT ───── init      (clone)
 *                          └───── GO ────────────────── program   (fork, exec)
 *   Each line is a socket pair of its own: at the end of the hot path is only GO, with the streams as descriptors.
 *
 * A box is made as soon as the last one is over. So a run is: frame in, limits into the ready cgroup, pipes, GO; exec, exit;
 * init reaps and reports; figures, frame out. The old box's namespaces are taken down while the next one is made.
 *
 * Who may do what: only the keeper opens files of the host, only beneath the cache folder, and hands on descriptors. What a
 * program leaves is read by init, with openat2 and without following links, after its death. A program's own failures are
 * causes and figures; trouble of ours is a fault (fault.h), and after a fault this process ends: the runner starts a new one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"
#include "keeper.h"

#define FRAMES_IN 0
#define FRAMES_OUT 1

struct keeper keeper;

/* Bytes from the runner that are no whole frame yet, and the frame of the current run, into which its strings point. */
static uint8_t incoming[MAX_FRAME + 4], run_frame[MAX_FRAME], outgoing[MAX_FRAME];
static size_t incoming_length;

static void send_frame(struct writer *frame) {
    end_frame(frame);
    for (size_t done = 0; done < frame->length;) {
        ssize_t written = write(FRAMES_OUT, frame->bytes + done, frame->length - done);
        if (written < 0 && errno == EINTR) continue;
        /* The runner is gone: nobody to tell. */
        if (written < 0) _exit(0);
        done += (size_t)written;
    }
}

static void send_fault(const char *step, int error) {
    struct writer frame;
    /* A fault while telling a fault. */
    tell_fault = NULL;
    begin_frame(&frame, outgoing, FAULT);
    put_string(&frame, step, strlen(step));
    put_u32(&frame, (uint32_t)error);
    send_frame(&frame);
}

static void put_stream(struct writer *frame, const struct stream *stream) {
    const bool in_file = stream->length > INLINE_BYTES;
    put_u64(frame, stream->length);
    put_u8(frame, in_file);
    put_string(frame, stream->head, in_file ? 0 : stream->length);
}

static void put_result(struct writer *frame, const struct kept_box *box) {
    put_u8(frame, (uint8_t)box->cause);
    put_u32(frame, box->code);
    put_u64(frame, box->cpu_us);
    put_u64(frame, (box->ended_ns - box->started_ns) / 1000);
    put_u64(frame, box->memory_peak);
    put_stream(frame, &box->stdout_stream);
    put_stream(frame, &box->stderr_stream);
    put_u8(frame, (uint8_t)box->collected.collected);
    put_u64(frame, box->collected.size);
}

static void report_run(void) {
    const struct kept_box *boxes = keeper.boxes;
    const int count = keeper.run.count;
    bool cancelled = false;
    struct writer frame;
    for (int i = 0; i < count; i++) cancelled = cancelled || boxes[i].cause == CANCELLED_BY_US;
    begin_frame(&frame, outgoing, cancelled ? CANCELLED : RESULT);
    put_u32(&frame, keeper.run.id);
    if (!cancelled) {
        put_u8(&frame, keeper.run.count);
        put_u8(&frame, count == 2 && boxes[1].ended_ns < boxes[0].ended_ns);
        for (int i = 0; i < count; i++) put_result(&frame, &boxes[i]);
    }
    send_frame(&frame);
}

static void finish_run(void) {
    for (int i = 0; i < keeper.run.count; i++) {
        if (!is_over(&keeper.boxes[i])) return;
    }
    report_run();
    close_channels();
    keeper.running = false;
    for (int i = 0; i < keeper.run.count; i++) dismiss_box(&keeper.boxes[i]);
    make_kept_box(0);
}

static void take_frame(uint8_t *frame, size_t length) {
    uint32_t id = 0;
    if (frame[0] == RUN && !keeper.running) {
        memcpy(run_frame, frame + 1, length - 1);
        if (!parse_run(run_frame, length - 1, &keeper.run)) fault_with("broken RUN", EBADMSG);
        launch_run();
    } else if (frame[0] == CANCEL && parse_cancel(frame + 1, length - 1, &id)) {
        if (!keeper.running || id != keeper.run.id) return;
        for (int i = 0; i < keeper.run.count; i++) kill_box(&keeper.boxes[i], CANCELLED_BY_US);
    } else {
        fault_with("unexpected frame", EBADMSG);
    }
}

static uint32_t frame_length(void) {
    uint32_t length = 0;
    for (int i = 3; i >= 0; i--) length = length << 8 | incoming[i];
    if (length < 1 || length > MAX_FRAME) fault_with("length of a frame", EBADMSG);
    return length;
}

/* Ends the process, and with it everything, when the runner has closed the pipe. */
static void read_frames(void) {
    ssize_t got = read(FRAMES_IN, incoming + incoming_length, sizeof incoming - incoming_length);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (must(got, "read frame") == 0) exit(0);
    incoming_length += (size_t)got;
}

static bool take_whole_frame(void (*take)(uint8_t *frame, size_t length)) {
    if (incoming_length < 4) return false;
    const size_t length = frame_length();
    if (incoming_length < 4 + length) return false;
    take(incoming + 4, length);
    incoming_length -= 4 + length;
    memmove(incoming, incoming + 4 + length, incoming_length);
    return true;
}

static void take_config(uint8_t *frame, size_t length) {
    static uint8_t config_frame[MAX_FRAME];
    memcpy(config_frame, frame + 1, length - 1);
    if (frame[0] != CONFIG || !parse_config(config_frame, length - 1, &keeper.config)) fault_with("broken CONFIG", EBADMSG);
    start_keeper();
    struct writer ready;
    begin_frame(&ready, outgoing, READY);
    send_frame(&ready);
}

/* Asked for one after the other, and answered in the same order. */
enum {
    RUNNER,
    ZYGOTE,
    BOXES,
    PER_BOX = 4,
    CHANNELS = BOXES + PER_BOX * MAX_PROGRAMS,
    PER_CHANNEL = 2,
    DYING = CHANNELS + PER_CHANNEL * MAX_PROGRAMS,
    EVENTS = DYING + MAX_DYING
};

static void watch_box(struct pollfd *events, const struct kept_box *box) {
    const bool running = box->running;
    const int fds[PER_BOX] = {
        running ? box->stdout_stream.pipe : -1,
        running ? box->stderr_stream.pipe : -1,
        running && !box->init_is_dead ? box->init_socket : -1,
        box->made && !box->init_is_dead ? box->init : -1,
    };
    for (int i = 0; i < PER_BOX; i++) events[i] = (struct pollfd){fds[i], POLLIN, 0};
}

static void serve_box(const struct pollfd *events, struct kept_box *box) {
    if (events[0].revents != 0) drain(box, &box->stdout_stream);
    if (events[1].revents != 0) drain(box, &box->stderr_stream);
    if (events[2].revents != 0) init_said(box);
    if (events[3].revents != 0 && !box->running) fault_with("init is dead", ECHILD);
    if (events[3].revents != 0) init_died(box);
}

static void wait_for_events(struct pollfd *events) {
    const uint64_t deadline = next_deadline_ns(), now = now_ns();
    const uint64_t pause = deadline > now ? deadline - now : 0;
    const struct timespec timeout = {(time_t)(pause / 1000000000u), (long)(pause % 1000000000u)};
    if (ppoll(events, EVENTS, deadline == ~0ull ? NULL : &timeout, NULL) >= 0) return;
    if (errno != EINTR) fault("poll");
    for (int i = 0; i < EVENTS; i++) events[i].revents = 0;
}

static void serve(void) {
    struct pollfd events[EVENTS];
    const int dying_count = keeper.dying_count;
    events[RUNNER] = (struct pollfd){FRAMES_IN, POLLIN, 0};
    events[ZYGOTE] = (struct pollfd){keeper.zygote, POLLIN, 0};
    for (int i = 0; i < MAX_PROGRAMS; i++) watch_box(events + BOXES + i * PER_BOX, &keeper.boxes[i]);
    for (int i = 0; i < MAX_PROGRAMS; i++) watch_channel(&keeper.channels[i], events + CHANNELS + i * PER_CHANNEL);
    for (int i = 0; i < MAX_DYING; i++) {
        events[DYING + i] = (struct pollfd){i < dying_count ? keeper.dying[i].init : -1, POLLIN, 0};
    }
    wait_for_events(events);
    uint32_t nothing;
    /* It speaks only when it is asked, but for its faults and its end. */
    if (events[ZYGOTE].revents != 0) hear(keeper.zygote, FAULTED, &nothing, sizeof nothing, NULL, NULL);
    for (int i = 0; i < MAX_PROGRAMS; i++) serve_box(events + BOXES + i * PER_BOX, &keeper.boxes[i]);
    for (unsigned i = 0; i < MAX_PROGRAMS; i++) serve_channel(i, events + CHANNELS + i * PER_CHANNEL);
    pass_ends_on();
    check_deadlines();
    if (keeper.running) finish_run();
    /* From the last, because the last one takes the place of one that is removed. */
    for (int i = dying_count - 1; i >= 0; i--) {
        if (events[DYING + i].revents != 0) dying_died(i);
    }
    if (events[RUNNER].revents != 0) read_frames();
}

int main(void) {
    tell_fault = send_fault;
    for (int i = 0; i < MAX_PROGRAMS; i++) keeper.channels[i].from = keeper.channels[i].to = -1;
    /* Whatever the runner had open is not ours. */
    must(syscall(SYS_close_range, 3, ~0u, 0), "close_range");
    while (!take_whole_frame(take_config)) read_frames();
    for (;;) {
        /* Before waiting: more than one may have come at once. */
        while (take_whole_frame(take_frame)) continue;
        serve();
    }
}
