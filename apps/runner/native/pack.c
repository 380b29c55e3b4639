#define _GNU_SOURCE
#include "pack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fault.h"
#include "frames.h"

static const char MAGIC[8] = "saibanp1";

struct entry_header {
    uint16_t name_length, flags;
    uint64_t size;
} __attribute__((packed));

enum { EXECUTABLE = 1 };

/* Whatever lies below `folder`, and nothing that a link or `..` leads to. */
static int open_beneath(int folder, const char *name, uint64_t flags, uint64_t mode) {
    struct open_how how = {.flags = flags | O_CLOEXEC | O_NOFOLLOW,
                           .mode = mode,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV};
    return (int)syscall(SYS_openat2, folder, name, &how, sizeof how);
}

static void read_exactly(int fd, void *bytes, size_t length) {
    for (size_t done = 0; done < length;) {
        ssize_t got = read(fd, (char *)bytes + done, length - done);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) fault_with("read pack", got < 0 ? errno : EBADMSG);
        done += (size_t)got;
    }
}

static void write_exactly(int fd, const void *bytes, size_t length) {
    for (size_t done = 0; done < length;) {
        ssize_t got = write(fd, (const char *)bytes + done, length - done);
        if (got < 0 && errno == EINTR) continue;
        done += (size_t)must(got, "write pack");
    }
}

void copy_bytes(int from, int to, uint64_t length) {
    while (length > 0) {
        ssize_t got = sendfile(to, from, NULL, length < 1 << 30 ? (size_t)length : 1 << 30);
        if (got < 0 && errno == EINTR) continue;
        if (must(got, "copy") == 0) fault_with("copy", EBADMSG);
        length -= (uint64_t)got;
    }
}

/* Makes the folders that a name needs. */
static void make_parents(int folder, const char *name, uid_t owner) {
    char path[MAX_PATH];
    for (const char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        memcpy(path, name, (size_t)(slash - name));
        path[slash - name] = 0;
        if (mkdirat(folder, path, 0755) == 0) {
            if (owner != 0) must(fchownat(folder, path, owner, owner, AT_SYMLINK_NOFOLLOW), "chown folder");
        } else if (errno != EEXIST) {
            fault("make folder");
        }
    }
}

void unpack(int pack, int folder, uid_t owner) {
    char magic[sizeof MAGIC], name[MAX_PATH];
    read_exactly(pack, magic, sizeof magic);
    if (memcmp(magic, MAGIC, sizeof magic) != 0) fault_with("not a pack", EBADMSG);
    for (;;) {
        struct entry_header header;
        ssize_t got = must(read(pack, &header, sizeof header), "read pack");
        if (got == 0) return;
        if (got != sizeof header || header.name_length == 0 || header.name_length >= MAX_PATH)
            fault_with("pack entry", EBADMSG);
        read_exactly(pack, name, header.name_length);
        name[header.name_length] = 0;
        if (strlen(name) != header.name_length) fault_with("pack name", EBADMSG);
        make_parents(folder, name, owner);
        int file = (int)must(open_beneath(folder, name, O_WRONLY | O_CREAT | O_EXCL, 0644), "unpack");
        copy_bytes(pack, file, header.size);
        if (header.flags & EXECUTABLE) must(fchmod(file, 0755), "chmod");
        if (owner != 0) must(fchown(file, owner, owner), "chown");
        close(file);
    }
}

struct packing {
    int pack;
    int files;
    uint64_t size;
    char path[PACK_MAX_DEPTH * 256 + 256];
};

static enum collected pack_file(struct packing *packing, int folder, const char *name) {
    /* Without waiting: there may be a FIFO now where a file was named. */
    int file = open_beneath(folder, name, O_RDONLY | O_NONBLOCK, 0);
    struct stat found;
    if (file < 0) return PACKED;
    must(fstat(file, &found), "stat file");
    enum collected collected = PACKED;
    if (S_ISREG(found.st_mode)) {
        struct entry_header header = {(uint16_t)strlen(packing->path), found.st_mode & 0111 ? EXECUTABLE : 0,
                                      (uint64_t)found.st_size};
        packing->size += sizeof header + header.name_length;
        if (header.size > PACK_MAX_BYTES || packing->size + header.size > PACK_MAX_BYTES) {
            collected = TOO_LARGE;
        } else {
            packing->size += header.size;
            write_exactly(packing->pack, &header, sizeof header);
            write_exactly(packing->pack, packing->path, header.name_length);
            copy_bytes(file, packing->pack, header.size);
        }
    }
    close(file);
    return collected;
}

static enum collected pack_entries(struct packing *packing, int folder, int depth);

static enum collected pack_entry(struct packing *packing, int folder, const struct dirent *entry, int depth) {
    /* Passed over without a look: it cannot be a file or folder. */
    if (entry->d_type != DT_REG && entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN) return PACKED;
    size_t length = strlen(packing->path), name_length = strlen(entry->d_name);
    if (length + name_length + 2 > sizeof packing->path) return TOO_DEEP;
    if (length > 0) strcat(packing->path, "/");
    strcat(packing->path, entry->d_name);
    enum collected collected;
    int below = open_beneath(folder, entry->d_name, O_RDONLY | O_DIRECTORY, 0);
    if (below < 0) collected = pack_file(packing, folder, entry->d_name);
    else collected = depth == PACK_MAX_DEPTH ? (close(below), TOO_DEEP) : pack_entries(packing, below, depth + 1);
    packing->path[length] = 0;
    return collected;
}

/* Closes `folder`. */
static enum collected pack_entries(struct packing *packing, int folder, int depth) {
    DIR *entries = fdopendir(folder);
    if (entries == NULL) fault("read folder");
    enum collected collected = PACKED;
    while (collected == PACKED) {
        errno = 0;
        const struct dirent *entry = readdir(entries);
        if (entry == NULL && errno != 0) fault("read folder");
        if (entry == NULL) break;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        /* Links count too: they cost a look each. */
        if (++packing->files > PACK_MAX_FILES) collected = TOO_MANY_FILES;
        else collected = pack_entry(packing, folder, entry, depth);
    }
    closedir(entries);
    return collected;
}

static bool is_there(int folder, const char *name) {
    struct stat found;
    int file = open_beneath(folder, name, O_PATH, 0);
    if (file < 0) return false;
    bool regular = fstat(file, &found) == 0 && S_ISREG(found.st_mode);
    close(file);
    return regular;
}

enum collected pack_folder(int folder, const char *required, int pack, uint64_t *size) {
    if (required[0] != 0 && !is_there(folder, required)) return REQUIRED_MISSING;
    struct packing packing = {.pack = pack, .size = sizeof MAGIC};
    write_exactly(pack, MAGIC, sizeof MAGIC);
    enum collected collected = pack_entries(&packing, (int)must(fcntl(folder, F_DUPFD_CLOEXEC, 3), "dup"), 0);
    *size = packing.size;
    return collected;
}

void empty_folder(int folder) {
    DIR *entries = fdopendir((int)must(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open folder"));
    if (entries == NULL) fault("read folder");
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (unlinkat(folder, entry->d_name, 0) == 0) continue;
        int below = (int)must(open_beneath(folder, entry->d_name, O_RDONLY | O_DIRECTORY, 0), "empty folder");
        empty_folder(below);
        close(below);
        must(unlinkat(folder, entry->d_name, AT_REMOVEDIR), "remove folder");
    }
    closedir(entries);
}
