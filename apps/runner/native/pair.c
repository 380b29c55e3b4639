#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fault.h"
#include "keeper.h"

static struct kept_box *writer_of(const struct channel *channel) { return &keeper.boxes[channel - keeper.channels]; }
static struct kept_box *reader_of(const struct channel *channel) { return &keeper.boxes[1 - (channel - keeper.channels)]; }

/* Our ends never wait: a program that does not read must not stop us. */
int open_channel(struct channel *channel, int *reading_end) {
    int written[2], read_from[2];
    make_pipe(written);
    make_pipe(read_from);
    must(fcntl(written[0], F_SETFL, O_NONBLOCK), "pipe mode");
    must(fcntl(read_from[1], F_SETFL, O_NONBLOCK), "pipe mode");
    channel->from = written[0];
    channel->to = read_from[1];
    channel->writer_left = channel->reader_left = false;
    channel->start = channel->length = 0;
    channel->taken = 0;
    *reading_end = read_from[0];
    return written[1];
}

void watch_channel(const struct channel *channel, struct pollfd events[2]) {
    const bool waits = channel->writer_left || channel->reader_left;
    events[0] = (struct pollfd){waits || channel->length > 0 ? -1 : channel->from, POLLIN, 0};
    /* Without POLLOUT it still tells that nobody reads any more. */
    events[1] = (struct pollfd){channel->reader_left ? -1 : channel->to, channel->length > 0 ? POLLOUT : 0, 0};
}

/* The answer, or the report of the end, comes to init_said. */
static void ask_for_life(struct kept_box *box) {
    uint32_t question = ASK_LIFE;
    if (box->asked_for_life || has_ended(box) || box->init_socket < 0) return;
    box->asked_for_life = true;
    /* An init that is gone has said all that it had to say. */
    if (send(box->init_socket, &question, sizeof question, MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET)
        fault("ask init");
}

static void close_end(int *end) {
    if (*end >= 0) close(*end);
    *end = -1;
}

static void close_channel(struct channel *channel) {
    close_end(&channel->from);
    close_end(&channel->to);
    channel->writer_left = channel->reader_left = false;
    channel->length = 0;
}

/* Read only when there is room for all: so at the writer's end everything has been given already. */
static void take_bytes(struct channel *channel) {
    struct kept_box *writer = writer_of(channel);
    ssize_t got = read(channel->from, channel->bytes, sizeof channel->bytes);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (must(got, "read channel") == 0) {
        channel->writer_left = true;
        ask_for_life(writer);
    }
    channel->start = 0;
    channel->length = (size_t)got;
    channel->taken += (size_t)got;
    if (channel->taken > writer->spec->limits.stdout_bytes) kill_box(writer, STDOUT);
}

static void reader_left(struct channel *channel) {
    channel->reader_left = true;
    ask_for_life(reader_of(channel));
}

static void give_bytes(struct channel *channel) {
    ssize_t given = write(channel->to, channel->bytes + channel->start, channel->length);
    if (given < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (given < 0 && errno == EPIPE) return reader_left(channel);
    channel->start += (size_t)must(given, "write channel");
    channel->length -= (size_t)given;
}

void serve_channel(unsigned number, const struct pollfd events[2]) {
    struct channel *channel = &keeper.channels[number];
    /* What the boxes said in this turn may have closed it. */
    if (channel->from < 0 || channel->reader_left) return;
    if (events[0].revents != 0) take_bytes(channel);
    if (events[1].revents & POLLERR) reader_left(channel);
    /* What was just taken mostly finds room at once: that saves a turn. */
    else if (channel->length > 0) give_bytes(channel);
}

void pass_ends_on(void) {
    for (int i = 0; i < MAX_PROGRAMS; i++) {
        struct channel *channel = &keeper.channels[i];
        if (channel->writer_left && has_ended(writer_of(channel))) close_channel(channel);
        if (channel->reader_left && has_ended(reader_of(channel))) close_channel(channel);
    }
}

void lives_on(const struct kept_box *box) {
    for (int i = 0; i < MAX_PROGRAMS; i++) {
        struct channel *channel = &keeper.channels[i];
        if (channel->writer_left && writer_of(channel) == box) close_channel(channel);
        if (channel->reader_left && reader_of(channel) == box) close_channel(channel);
    }
}

void close_channels(void) {
    for (int i = 0; i < MAX_PROGRAMS; i++) close_channel(&keeper.channels[i]);
}
