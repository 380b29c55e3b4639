#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fault.h"
#include "keeper.h"

size_t hear(int socket, uint32_t kind, void *message, size_t capacity, int *descriptors, int *count) {
    static union {
        uint32_t kind;
        struct fault_message fault;
        char bytes[sizeof(struct box_message)];
    } heard;
    struct pollfd event = {socket, POLLIN, 0};
    int ready;
    do ready = poll(&event, 1, ANSWER_TIMEOUT_MS);
    while (ready < 0 && errno == EINTR);
    if (must(ready, "poll") == 0) fault_with("no answer", ETIMEDOUT);
    size_t length = receive_message(socket, &heard, sizeof heard, descriptors, count);
    if (length == 0) fault_with("a process of the sandbox is dead", ECHILD);
    if (heard.kind == FAULTED) {
        heard.fault.step[sizeof heard.fault.step - 1] = 0;
        fault_with(heard.fault.step, heard.fault.error);
    }
    if (heard.kind != kind || length > capacity) fault_with("unexpected message", EBADMSG);
    memcpy(message, heard.bytes, length);
    return length;
}

static int open_below(int folder, const char *path, uint64_t flags) {
    struct open_how how = {.flags = flags | O_CLOEXEC | O_NOFOLLOW,
                           .mode = flags & O_CREAT ? 0600 : 0,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
    return (int)must(syscall(SYS_openat2, folder, path, &how, sizeof how), "open file");
}

/* Asks the zygote for a box; it gets ready while we do something else. */
void make_kept_box(unsigned number) {
    struct kept_box *box = &keeper.boxes[number];
    int init_pair[2], program_pair[2], descriptors[MAX_DESCRIPTORS], count = 0;
    make_group(&keeper.groups, &box->group);
    make_pair(init_pair);
    make_pair(program_pair);
    descriptors[count++] = init_pair[1];
    descriptors[count++] = program_pair[1];
    for (int i = 0; i < keeper.groups.count; i++) descriptors[count++] = box->group.join[i];
    for (int i = 0; i < keeper.groups.count; i++) descriptors[count++] = keeper.groups.join_slot[i];
    static struct box_message message;
    message.kind = MAKE_BOX;
    message.box = number;
    message.count = (uint32_t)keeper.groups.count;
    keeper.usage[number].cpu_us = keeper.usage[number].memory_peak = 0;
    send_message(keeper.zygote, &message, sizeof message, descriptors, count);
    close(init_pair[1]);
    close(program_pair[1]);
    box->init_socket = init_pair[0];
    box->program_socket = program_pair[0];
    uint32_t answer;
    hear(keeper.zygote, BOX_MADE, &answer, sizeof answer, &box->init, &count);
    if (count != 1) fault_with("BOX_MADE", EBADMSG);
    box->made = true;
    box->init_is_dead = false;
}

static void fill_box(unsigned number, const struct program_spec *spec) {
    struct kept_box *box = &keeper.boxes[number];
    static struct box_message message;
    if ((spec->flags & WRITABLE) || strcmp(box->pack, spec->pack) == 0) return;
    /* Whatever happens now, /box does not hold what it held. */
    box->pack[0] = 0;
    message.kind = FILL_BOX;
    message.box = number;
    int pack = open_below(keeper.cache, spec->pack, O_RDONLY);
    uint32_t answer;
    send_message(keeper.zygote, &message, sizeof message, &pack, 1);
    close(pack);
    hear(keeper.zygote, FILLED, &answer, sizeof answer, NULL, NULL);
    if (strlen(spec->pack) < sizeof box->pack) strcpy(box->pack, spec->pack);
}

static void fill_files(unsigned number, const struct program_spec *spec) {
    struct kept_box *box = &keeper.boxes[number];
    static struct box_message message;
    int descriptors[MAX_FILES];
    if (spec->file_count == 0 && !box->has_files) return;
    message.kind = FILL_FILES;
    message.box = number;
    message.count = spec->file_count;
    for (int i = 0; i < spec->file_count; i++) {
        const char *name = spec->files[i].name;
        if (name[0] == 0 || strlen(name) >= sizeof message.names[i] || strchr(name, '/') != NULL)
            fault_with("name of a file", EINVAL);
        strcpy(message.names[i], name);
        descriptors[i] = open_below(keeper.cache, spec->files[i].path, O_RDONLY);
    }
    uint32_t answer;
    send_message(keeper.zygote, &message, sizeof message, descriptors, spec->file_count);
    for (int i = 0; i < spec->file_count; i++) close(descriptors[i]);
    hear(keeper.zygote, FILLED, &answer, sizeof answer, NULL, NULL);
    box->has_files = spec->file_count > 0;
}

/* Only a build, or a run with a scratch space of its own, has anything to settle. */
static void settle_box(struct kept_box *box, const struct program_spec *spec) {
    const bool writable = spec->flags & WRITABLE;
    static struct box_message message;
    if (!writable && spec->collect[0] == 0 && spec->limits.scratch == SCRATCH_BYTES) return;
    message.kind = SETTLE;
    message.size = spec->limits.scratch;
    message.writable = writable;
    message.collect = spec->collect[0] != 0;
    int pack = writable ? open_below(keeper.cache, spec->pack, O_RDONLY) : -1;
    send_message(box->init_socket, &message, sizeof message, &pack, writable ? 1 : 0);
    if (writable) close(pack);
    uint32_t answer;
    hear(box->init_socket, SETTLED, &answer, sizeof answer, NULL, NULL);
}

/* Programs open /dev/stdout again, as a user that is not ours. */
void make_pipe(int ends[2]) {
    must(pipe2(ends, O_CLOEXEC), "pipe");
    must(fchmod(ends[1], 0666), "chmod pipe");
}

static int start_stream(struct stream *stream, uint64_t most, const char *file_name) {
    int ends[2];
    make_pipe(ends);
    must(fcntl(ends[0], F_SETFL, O_NONBLOCK), "pipe mode");
    stream->pipe = ends[0];
    stream->length = 0;
    stream->most = most;
    stream->over = false;
    stream->file = -1;
    stream->file_name = file_name;
    return ends[1];
}

/* An empty input is a pipe at its end: the box opens no device but its own. */
static int open_stdin(const struct program_spec *spec) {
    if (spec->stdin_file[0] != 0) return open_below(keeper.inputs, spec->stdin_file, O_RDONLY);
    int ends[2];
    make_pipe(ends);
    close(ends[1]);
    return ends[0];
}

static void send_go(struct kept_box *box, const struct program_spec *spec, const int streams[3]) {
    static struct go_message go;
    const struct limits *limits = &spec->limits;
    go.kind = GO;
    go.file = limits->file;
    go.stack = limits->stack;
    go.cpu_seconds = limits->cpu_us / 1000000 + 2;
    go.open_files = limits->open_files;
    go.processes = keeper.groups.count > 0 ? 0 : limits->processes;
    go.deny_locks = !(spec->flags & ALLOW_LOCKS);
    go.warm = (spec->flags & WARM) != 0;
    go.argc = spec->argc;
    go.length = 0;
    for (uint32_t i = 0; i < spec->argc; i++) {
        size_t length = strlen(spec->argv[i]) + 1;
        if (length > sizeof go.arguments - go.length) fault_with("arguments", E2BIG);
        memcpy(go.arguments + go.length, spec->argv[i], length);
        go.length += (uint32_t)length;
    }
    send_message(box->program_socket, &go, offsetof(struct go_message, arguments) + go.length, streams, 3);
}

/* Everything up to the GO; the box is ready for it. */
static void prepare_box(unsigned number, const struct program_spec *spec) {
    struct kept_box *box = &keeper.boxes[number];
    uint32_t ready;
    if (!box->made) make_kept_box(number);
    hear(box->program_socket, BOX_READY, &ready, sizeof ready, NULL, NULL);
    fill_box(number, spec);
    fill_files(number, spec);
    settle_box(box, spec);
    if (keeper.groups.count > 0) limit_group(&keeper.groups, &box->group, spec->limits.memory, spec->limits.processes);
    box->spec = spec;
    box->cause = 0;
    box->ended = box->waits_for_collection = box->asked_for_life = false;
    box->code = 0;
    box->ended_ns = box->killed_ns = 0;
    box->collected = (struct collected_message){0};
}

/* Takes over the descriptors of both standard streams. */
static void launch(struct kept_box *box, int input, int output) {
    const struct limits *limits = &box->spec->limits;
    int streams[3] = {input, output, start_stream(&box->stderr_stream, limits->stderr_bytes, box->spec->stderr_file)};
    box->cpu_before_us = keeper.groups.count > 0 ? group_cpu_us(&keeper.groups, &box->group) : 0;
    box->started_ns = box->next_look_ns = now_ns();
    send_go(box, box->spec, streams);
    for (int i = 0; i < 3; i++) close(streams[i]);
    box->running = true;
}

static void launch_one(struct kept_box *box) {
    const struct program_spec *spec = box->spec;
    int input = open_stdin(spec);
    launch(box, input, start_stream(&box->stdout_stream, spec->limits.stdout_bytes, spec->stdout_file));
}

/* Each one's output becomes the other's input, by way of a channel. */
static void launch_pair(struct kept_box *first, struct kept_box *second) {
    int read_by_first, read_by_second;
    int written_by_first = open_channel(&keeper.channels[0], &read_by_second);
    int written_by_second = open_channel(&keeper.channels[1], &read_by_first);
    first->stdout_stream.pipe = second->stdout_stream.pipe = -1;
    first->stdout_stream.length = second->stdout_stream.length = 0;
    launch(first, read_by_first, written_by_first);
    launch(second, read_by_second, written_by_second);
}

void launch_run(void) {
    for (unsigned i = 0; i < keeper.run.count; i++) prepare_box(i, &keeper.run.programs[i]);
    if (keeper.run.count == 1) launch_one(&keeper.boxes[0]);
    else launch_pair(&keeper.boxes[0], &keeper.boxes[1]);
    keeper.running = true;
}
