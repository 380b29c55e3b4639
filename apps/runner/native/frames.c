#include "frames.h"

#include <errno.h>
#include <string.h>

#include "fault.h"

/* What is left of a frame. Once broken it stays broken, and every field read from it is zero or empty. */
struct reader {
    uint8_t *next, *end;
    bool broken;
};

static uint8_t *take(struct reader *reader, size_t length) {
    if (reader->broken || (size_t)(reader->end - reader->next) < length) {
        reader->broken = true;
        return NULL;
    }
    uint8_t *taken = reader->next;
    reader->next += length;
    return taken;
}

static uint64_t integer(struct reader *reader, size_t length) {
    const uint8_t *bytes = take(reader, length);
    uint64_t value = 0;
    for (size_t i = length; bytes != NULL && i > 0; i--) value = value << 8 | bytes[i - 1];
    return value;
}

static uint8_t u8(struct reader *reader) { return (uint8_t)integer(reader, 1); }
static uint32_t u32(struct reader *reader) { return (uint32_t)integer(reader, 4); }
static uint64_t u64(struct reader *reader) { return integer(reader, 8); }

/* Moves the bytes one to the left, over the last byte of their length, to make room for the NUL byte. */
static const char *string(struct reader *reader) {
    uint32_t length = u32(reader);
    uint8_t *bytes = take(reader, length);
    if (bytes == NULL) return "";
    if (memchr(bytes, 0, length) != NULL) reader->broken = true;
    uint8_t *moved = bytes - 1;
    memmove(moved, bytes, length);
    moved[length] = 0;
    return (const char *)moved;
}

static bool whole(const struct reader *reader) { return !reader->broken && reader->next == reader->end; }

bool parse_config(uint8_t *frame, size_t length, struct config *config) {
    struct reader reader = {frame, frame + length, false};
    memset(config, 0, sizeof *config);
    config->tree = string(&reader);
    config->cache = string(&reader);
    config->core = u32(&reader);
    config->uid = u32(&reader);
    config->without = u8(&reader);
    config->group_count = u8(&reader);
    if (config->group_count > MAX_GROUPS || config->group_count == 2) return false;
    for (int i = 0; i < config->group_count; i++) config->groups[i] = string(&reader);
    return whole(&reader) && config->tree[0] == '/' && config->cache[0] == '/' && strlen(config->tree) < MAX_PATH / 2;
}

static bool parse_limits(struct reader *reader, struct limits *limits) {
    uint64_t *const fields[] = {&limits->cpu_us,       &limits->wall_us, &limits->memory,  &limits->stdout_bytes,
                                &limits->stderr_bytes, &limits->file,    &limits->scratch, &limits->stack};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) *fields[i] = u64(reader);
    limits->processes = u32(reader);
    limits->open_files = u32(reader);
    /* A week and an exbibyte: no sum of ours overflows. */
    return limits->cpu_us < 1ULL << 40 && limits->wall_us < 1ULL << 40 && limits->memory < 1ULL << 60 &&
           limits->stdout_bytes < 1ULL << 60 && limits->stderr_bytes < 1ULL << 60;
}

static bool parse_program(struct reader *reader, struct program_spec *program) {
    if (!parse_limits(reader, &program->limits)) return false;
    program->flags = u8(reader);
    program->pack = string(reader);
    program->stdin_file = string(reader);
    program->stdout_file = string(reader);
    program->stderr_file = string(reader);
    program->collect = string(reader);
    program->required = string(reader);
    program->file_count = u8(reader);
    if (program->file_count > MAX_FILES) return false;
    for (int i = 0; i < program->file_count; i++) {
        program->files[i].name = string(reader);
        program->files[i].path = string(reader);
    }
    program->argc = u32(reader);
    if (program->argc < 1 || program->argc > MAX_ARGUMENTS) return false;
    for (uint32_t i = 0; i < program->argc; i++) program->argv[i] = string(reader);
    program->argv[program->argc] = NULL;
    return !reader->broken;
}

bool parse_run(uint8_t *frame, size_t length, struct run_spec *run) {
    struct reader reader = {frame, frame + length, false};
    memset(run, 0, sizeof *run);
    run->id = u32(&reader);
    run->count = u8(&reader);
    if (run->count < 1 || run->count > MAX_PROGRAMS) return false;
    for (int i = 0; i < run->count; i++) {
        if (!parse_program(&reader, &run->programs[i])) return false;
    }
    return whole(&reader);
}

bool parse_cancel(uint8_t *frame, size_t length, uint32_t *id) {
    struct reader reader = {frame, frame + length, false};
    *id = u32(&reader);
    return whole(&reader);
}

static uint8_t *grow(struct writer *writer, size_t length) {
    if (length > MAX_FRAME - writer->length) fault_with("frame too long", EOVERFLOW);
    uint8_t *start = writer->bytes + writer->length;
    writer->length += length;
    return start;
}

static void put(struct writer *writer, uint64_t value, size_t length) {
    uint8_t *bytes = grow(writer, length);
    for (size_t i = 0; i < length; i++) bytes[i] = (uint8_t)(value >> 8 * i);
}

void begin_frame(struct writer *writer, uint8_t *buffer, enum frame_type type) {
    *writer = (struct writer){buffer, 4};
    put_u8(writer, (uint8_t)type);
}

void put_u8(struct writer *writer, uint8_t value) { put(writer, value, 1); }
void put_u32(struct writer *writer, uint32_t value) { put(writer, value, 4); }
void put_u64(struct writer *writer, uint64_t value) { put(writer, value, 8); }

void put_string(struct writer *writer, const void *bytes, size_t length) {
    put_u32(writer, (uint32_t)length);
    if (length > 0) memcpy(grow(writer, length), bytes, length);
}

void end_frame(struct writer *writer) {
    size_t length = writer->length;
    writer->length = 0;
    put_u32(writer, (uint32_t)(length - 4));
    writer->length = length;
}
