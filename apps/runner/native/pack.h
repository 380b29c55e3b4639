/*
 * Packs: the files of a working folder in one file. The form is told in apps/runner/src/sandbox/pack.ts, which writes those of
 * sources; those of builds are written here, from a folder that a program has filled and in which nothing runs any more.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PACK_MAX_BYTES (256ULL * 1024 * 1024)
#define PACK_MAX_FILES 2000
#define PACK_MAX_DEPTH 8

/* What became of a collection; the order is that of `CollectStatus` in sandbox.ts. */
enum collected { NOT_COLLECTED, PACKED, TOO_LARGE, TOO_MANY_FILES, TOO_DEEP, REQUIRED_MISSING };

/* Writes the files of a pack into `folder`, which is empty, as `owner` (0: as ourselves). A broken pack is a fault. */
void unpack(int pack, int folder, uid_t owner);

/*
 * Writes the regular files below `folder` to the new file `pack`, and counts its bytes. Links, FIFOs, sockets and devices are
 * passed over: no name is followed out of the folder. `required`: a regular file that must be there, or empty.
 */
enum collected pack_folder(int folder, const char *required, int pack, uint64_t *size);

/* Removes all that is in a folder which only we have filled. */
void empty_folder(int folder);

/* Copies the rest of a file, or as much as `length`; a fault when there is less. */
void copy_bytes(int from, int to, uint64_t length);
