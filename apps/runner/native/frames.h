/*
 * Frames: how the runner (TypeScript, frames.ts) and the keeper talk over two pipes.
 *
 * A frame is a u32 length, of all that follows, then a u8 type and its fields. Integers are little-endian; a string is a u32
 * length and that many bytes, without NUL bytes where it becomes a C string. A frame is at most MAX_FRAME long. A frame that
 * is broken in any way is a fault: the helper says so and ends, as if the pipe had been closed.
 *
 * To the helper
 *   CONFIG  string tree, string cache, u32 core, u32 uid, u8 without (bits of enum layer), u8 groups, groups × string
 *           Once, first. `tree` is the toolchain's root, `cache` the only folder whose files runs may name. `uid` is the first
 *           of two host users of this slot, 0: we are not root. `groups`: 3 folders of cgroup v1 (cpuacct, memory, pids), 1 of
 *           v2, or 0 where there is none.
 *   RUN     u32 id, u8 programs (1, or 2: a pair), then for each
 *             u64 cpu_us wall_us memory stdout stderr file scratch stack (bytes; stack ~0: no limit), u32 processes, u32 open_files,
 *             u8 flags, string pack, string stdin, string stdout_file, string stderr_file, string collect, string required,
 *             u8 files, files × (string name, string path), u32 argc, argc × string
 *           Paths are relative to `cache`. An empty `stdin` is an empty input; an empty `collect` collects nothing.
 *   CANCEL  u32 id          Harmless when that run is over.
 * From the helper
 *   READY   (nothing)       After CONFIG, when the slot can run.
 *   RESULT  u32 id, u8 programs, u8 first_ended, then for each
 *             u8 cause, u32 code, u64 cpu_us wall_us memory_peak, 2 × (u64 length, u8 in_file, string bytes), u8 collected, u64 size
 *   CANCELLED u32 id        The program is dead.
 *   FAULT   string step, u32 errno    The last frame: the helper ends.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_FRAME (1024 * 1024)
#define MAX_PROGRAMS 2
#define MAX_FILES 16
#define MAX_ARGUMENTS 1024
#define MAX_GROUPS 3
/* As the kernel's own limit for one path. */
#define MAX_PATH 4096

enum frame_type { CONFIG = 1, RUN = 2, CANCEL = 3, READY = 17, RESULT = 18, CANCELLED = 19, FAULT = 20 };

/* What can be switched off: for the tests of the attacks, and by a setting that says that it is unsafe. */
enum layer { WITHOUT_SECCOMP = 1, WITHOUT_CGROUP = 2, WITHOUT_NETNS = 4, WITHOUT_PIDNS = 8, WITHOUT_READONLY = 16, WITHOUT_USERNS = 32 };

enum run_flag {
    /* The working folder is a writable copy of the pack. */
    WRITABLE = 1,
    ALLOW_LOCKS = 2,
    /* What the run reads is charged to the slot, not to the run. */
    WARM = 4,
};

struct config {
    const char *tree, *cache;
    uint32_t core, uid;
    uint8_t without, group_count;
    const char *groups[MAX_GROUPS];
};

struct limits {
    uint64_t cpu_us, wall_us, memory, stdout_bytes, stderr_bytes, file, scratch, stack;
    uint32_t processes, open_files;
};

struct extra_file {
    const char *name, *path;
};

struct program_spec {
    struct limits limits;
    uint8_t flags;
    const char *pack, *stdin_file, *stdout_file, *stderr_file, *collect, *required;
    uint8_t file_count;
    struct extra_file files[MAX_FILES];
    uint32_t argc;
    /* Ends with NULL. */
    const char *argv[MAX_ARGUMENTS + 1];
};

struct run_spec {
    uint32_t id;
    uint8_t count;
    struct program_spec programs[MAX_PROGRAMS];
};

/*
 * Parsing, of what follows the type. The strings point into the frame, which must stay as long as they are used and is
 * changed: each string is moved over the last byte of its own length, to make room for a NUL byte behind it. All return
 * false for a broken frame.
 */
bool parse_config(uint8_t *frame, size_t length, struct config *config);
bool parse_run(uint8_t *frame, size_t length, struct run_spec *run);
bool parse_cancel(uint8_t *frame, size_t length, uint32_t *id);

/* Writing: a frame grows in a buffer of MAX_FRAME bytes. Overflow is a fault. */
struct writer {
    uint8_t *bytes;
    size_t length;
};
void begin_frame(struct writer *writer, uint8_t *buffer, enum frame_type type);
void put_u8(struct writer *writer, uint8_t value);
void put_u32(struct writer *writer, uint32_t value);
void put_u64(struct writer *writer, uint64_t value);
void put_string(struct writer *writer, const void *bytes, size_t length);
/* Sets the length, after which the frame can be sent: `length` bytes from `bytes`. */
void end_frame(struct writer *writer);
