/* Frames: what is whole is read as it was written, and nothing that is broken is read at all, or read out of bounds. */
#include "../frames.h"

#include <string.h>

#include "check.h"

#define ROUNDS 200000
#define SEED 20261125u

static uint8_t frame[MAX_FRAME];

static void put_limits(struct writer *writer) {
    for (uint64_t i = 1; i <= 8; i++) put_u64(writer, i);
    put_u32(writer, 64);
    put_u32(writer, 512);
}

static void put_text(struct writer *writer, const char *text) { put_string(writer, text, strlen(text)); }

static void put_program(struct writer *writer, uint32_t argc) {
    put_limits(writer);
    put_u8(writer, WRITABLE | WARM);
    const char *const texts[] = {"builds/a", "", "captured/1", "captured/2", "new.pack", "main"};
    for (int i = 0; i < 6; i++) put_text(writer, texts[i]);
    put_u8(writer, 1);
    put_text(writer, "answer");
    put_text(writer, "blobs/b");
    put_u32(writer, argc);
    for (uint32_t i = 0; i < argc; i++) put_text(writer, i == 0 ? "./main" : "");
}

/* Returns the length of what follows the type. */
static size_t write_run(uint8_t count, uint32_t argc) {
    struct writer writer;
    begin_frame(&writer, frame, RUN);
    put_u32(&writer, 7);
    put_u8(&writer, count);
    for (int i = 0; i < count; i++) put_program(&writer, argc);
    end_frame(&writer);
    CHECK(frame[0] + 256u * frame[1] + 65536u * frame[2] == writer.length - 4);
    return writer.length - 5;
}

static void reads_what_was_written(void) {
    static struct run_spec run;
    size_t length = write_run(2, 3);
    CHECK(parse_run(frame + 5, length, &run));
    CHECK(run.id == 7 && run.count == 2);
    const struct program_spec *second = &run.programs[1];
    CHECK(second->limits.cpu_us == 1 && second->limits.stack == 8 && second->limits.open_files == 512);
    CHECK(second->flags == (WRITABLE | WARM));
    CHECK(strcmp(second->pack, "builds/a") == 0 && strcmp(second->stdin_file, "") == 0);
    CHECK(strcmp(second->required, "main") == 0 && strcmp(second->files[0].path, "blobs/b") == 0);
    CHECK(second->argc == 3 && strcmp(second->argv[0], "./main") == 0 && strcmp(second->argv[2], "") == 0);
    CHECK(second->argv[3] == NULL);
}

static void refuses_every_cut(void) {
    static struct run_spec run;
    size_t whole = write_run(1, 2);
    for (size_t length = 0; length < whole; length++) {
        write_run(1, 2);
        /* Of its own size, so that the sanitizer sees every byte beyond it. */
        uint8_t *cut = malloc(length == 0 ? 1 : length);
        CHECK(cut != NULL);
        memcpy(cut, frame + 5, length);
        CHECK(!parse_run(cut, length, &run));
        free(cut);
    }
    write_run(1, 2);
    CHECK(!parse_run(frame + 5, whole + 1, &run));
}

static void refuses_bad_counts(void) {
    static struct run_spec run;
    const uint8_t counts[] = {0, 3, 255};
    for (size_t i = 0; i < sizeof counts; i++) {
        size_t length = write_run(1, 1);
        frame[5 + 4] = counts[i];
        CHECK(!parse_run(frame + 5, length, &run));
    }
    size_t length = write_run(1, 0);
    CHECK(!parse_run(frame + 5, length, &run));
    length = write_run(1, MAX_ARGUMENTS + 1);
    CHECK(!parse_run(frame + 5, length, &run));
    length = write_run(1, MAX_ARGUMENTS);
    CHECK(parse_run(frame + 5, length, &run));
}

static void refuses_nul_bytes(void) {
    struct config config;
    struct writer writer;
    begin_frame(&writer, frame, CONFIG);
    put_string(&writer, "/tree\0/etc", 10);
    put_text(&writer, "/cache");
    put_u32(&writer, 0);
    put_u32(&writer, 60100);
    put_u8(&writer, 0);
    put_u8(&writer, 0);
    end_frame(&writer);
    CHECK(!parse_config(frame + 5, writer.length - 5, &config));
}

/* Whatever the bytes: no crash, and what is taken for whole has only strings that end. */
static void survives_random_changes(void) {
    static struct run_spec run;
    unsigned long long state = SEED;
    int taken = 0;
    for (int round = 0; round < ROUNDS; round++) {
        size_t length = write_run(1 + next_random(&state) % 2, 1 + next_random(&state) % 4);
        uint8_t *bytes = malloc(length);
        CHECK(bytes != NULL);
        memcpy(bytes, frame + 5, length);
        for (unsigned long long changes = next_random(&state) % 4; changes > 0; changes--) {
            bytes[next_random(&state) % length] = (uint8_t)next_random(&state);
        }
        if (parse_run(bytes, length, &run)) {
            taken++;
            for (uint32_t i = 0; i < run.programs[0].argc; i++) CHECK(strlen(run.programs[0].argv[i]) < length);
            CHECK(strlen(run.programs[0].pack) < length);
        }
        free(bytes);
    }
    /* Both happen, or the changes would prove nothing. */
    CHECK(taken > ROUNDS / 10 && taken < ROUNDS * 9 / 10);
}

int main(void) {
    reads_what_was_written();
    refuses_every_cut();
    refuses_bad_counts();
    refuses_nul_bytes();
    survives_random_changes();
    return 0;
}
