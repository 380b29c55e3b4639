/* The slot's root: the toolchain tree, read-only, and what each box needs; nothing of the host. */
#pragma once
#include "frames.h"

/* Folders of the slot's root that only we see: programs are chrooted into the tree. */
#define OLD_PROC "/proc"
/* What box 0 and box 1 see as /box and as /files; filled by the zygote. */
#define BOX_FOLDER "/box.%u"
#define FILES_FOLDER "/files.%u"

#define BOX_IN_TREE "/box"
#define FILES_IN_TREE "/files"

/*
 * Makes the root in the mount namespace of this process, which must be its own, and moves into it; the host's is gone then.
 * Returns where the tree lies in it. The tree is a folder below a mount, not a mount itself: so its place on the host does
 * not show in a program's /proc/self/mountinfo.
 */
const char *make_root(const struct config *config);

/* Shows `from` at `to`, read-only. */
void bind_read_only(const char *from, const char *to);
