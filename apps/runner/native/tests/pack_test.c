/* Packs: a round trip keeps what counts, nothing leads out of the folder, and what is broken is a fault. */
#define _GNU_SOURCE
#include "../pack.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "check.h"

static char root[] = "/tmp/pack-test-XXXXXX";

static int new_folder(const char *name) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", root, name);
    CHECK(mkdir(path, 0700) == 0);
    int folder = open(path, O_RDONLY | O_DIRECTORY);
    CHECK(folder >= 0);
    return folder;
}

static void new_file(int folder, const char *name, const char *content, mode_t mode) {
    int file = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL, mode);
    CHECK(file >= 0 && write(file, content, strlen(content)) == (ssize_t)strlen(content));
    CHECK(fchmod(file, mode) == 0 && close(file) == 0);
}

static int new_memory(void) {
    int memory = memfd_create("pack", 0);
    CHECK(memory >= 0);
    return memory;
}

static void check_content(int folder, const char *name, const char *content, mode_t mode) {
    char found[64] = {0};
    struct stat status;
    int file = openat(folder, name, O_RDONLY);
    CHECK(file >= 0 && read(file, found, sizeof found - 1) >= 0 && strcmp(found, content) == 0);
    CHECK(fstat(file, &status) == 0 && (status.st_mode & 0777) == mode);
    close(file);
}

static enum collected pack_all(int folder, int pack) {
    uint64_t size = 0;
    enum collected collected = pack_folder(folder, "", pack, &size);
    if (collected == PACKED) CHECK(size == (uint64_t)lseek(pack, 0, SEEK_END));
    CHECK(lseek(pack, 0, SEEK_SET) == 0);
    return collected;
}

static void keeps_files_folders_and_modes(void) {
    int from = new_folder("from"), to = new_folder("to"), pack = new_memory();
    new_file(from, "main", "program", 0700);
    CHECK(mkdirat(from, "classes", 0700) == 0);
    new_file(from, "classes/Main.class", "bytes", 0600);
    new_file(from, "odd name\n\x01", "", 0644);
    CHECK(pack_all(from, pack) == PACKED);
    unpack(pack, to, 0);
    check_content(to, "main", "program", 0755);
    check_content(to, "classes/Main.class", "bytes", 0644);
    check_content(to, "odd name\n\x01", "", 0644);
    empty_folder(to);
    CHECK(faccessat(to, "classes", F_OK, 0) != 0 && faccessat(to, "main", F_OK, 0) != 0);
}

static void passes_over_what_is_no_file(void) {
    int from = new_folder("hostile"), to = new_folder("hostile-to"), outside = new_folder("outside"), pack = new_memory();
    char secret[128];
    new_file(outside, "secret", "of the host", 0600);
    snprintf(secret, sizeof secret, "%s/outside/secret", root);
    CHECK(symlinkat(secret, from, "main") == 0);
    CHECK(symlinkat("../outside", from, "folder") == 0);
    CHECK(symlinkat("/nowhere", from, "dangling") == 0);
    CHECK(mkfifoat(from, "fifo", 0666) == 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/hostile/socket", root);
    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(bind(server, (struct sockaddr *)&address, sizeof address) == 0);
    new_file(from, "real", "kept", 0644);
    CHECK(pack_all(from, pack) == PACKED);
    unpack(pack, to, 0);
    check_content(to, "real", "kept", 0644);
    const char *const gone[] = {"main", "folder", "dangling", "fifo", "socket"};
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++) CHECK(faccessat(to, gone[i], F_OK, AT_SYMLINK_NOFOLLOW) != 0);
}

static void wants_the_required_file_itself(void) {
    int from = new_folder("required");
    uint64_t size;
    CHECK(symlinkat("/etc/passwd", from, "main") == 0);
    CHECK(pack_folder(from, "main", new_memory(), &size) == REQUIRED_MISSING);
    CHECK(pack_folder(from, "absent", new_memory(), &size) == REQUIRED_MISSING);
    CHECK(pack_folder(from, "../from/main", new_memory(), &size) == REQUIRED_MISSING);
    CHECK(mkdirat(from, "folder", 0700) == 0);
    CHECK(pack_folder(from, "folder", new_memory(), &size) == REQUIRED_MISSING);
    new_file(from, "real", "", 0644);
    CHECK(pack_folder(from, "real", new_memory(), &size) == PACKED);
}

static void has_bounds(void) {
    int many = new_folder("many"), deep = new_folder("deep"), huge = new_folder("huge");
    char name[16];
    for (int i = 0; i <= PACK_MAX_FILES; i++) {
        snprintf(name, sizeof name, "%d", i);
        CHECK(symlinkat("x", many, name) == 0);
    }
    CHECK(pack_all(many, new_memory()) == TOO_MANY_FILES);
    int below = deep;
    for (int i = 0; i <= PACK_MAX_DEPTH; i++) {
        CHECK(mkdirat(below, "d", 0700) == 0);
        below = openat(below, "d", O_RDONLY | O_DIRECTORY);
    }
    CHECK(pack_all(deep, new_memory()) == TOO_DEEP);
    new_file(huge, "main", "", 0644);
    int file = openat(huge, "main", O_WRONLY);
    CHECK(ftruncate(file, 1LL << 40) == 0);
    CHECK(pack_all(huge, new_memory()) == TOO_LARGE);
}

static int memory_of(const void *bytes, size_t length) {
    int memory = new_memory();
    CHECK(write(memory, bytes, length) == (ssize_t)length && lseek(memory, 0, SEEK_SET) == 0);
    return memory;
}

/* One entry with a name and the size that its header claims. */
static int pack_of(const char *name, uint64_t size) {
    char bytes[256] = "saibanp1";
    uint16_t length = (uint16_t)strlen(name);
    memcpy(bytes + 8, &length, 2);
    memcpy(bytes + 12, &size, 8);
    memcpy(bytes + 20, name, length);
    return memory_of(bytes, 20u + length);
}

static void refuses_broken_packs(void) {
    int to = new_folder("broken");
    CHECK_FAULT(unpack(memory_of("", 0), to, 0));
    CHECK_FAULT(unpack(memory_of("saibanp2", 8), to, 0));
    CHECK_FAULT(unpack(memory_of("saibanp1\1", 9), to, 0));
    CHECK_FAULT(unpack(pack_of("", 0), to, 0));
    CHECK_FAULT(unpack(pack_of("main", 1), to, 0));
    CHECK_FAULT(unpack(pack_of("../outside/new", 0), to, 0));
    CHECK_FAULT(unpack(pack_of("/tmp/pack-test-absolute", 0), to, 0));
    CHECK_FAULT(unpack(pack_of("a/../../outside/new", 0), to, 0));
    CHECK(symlinkat("../outside", to, "link") == 0);
    CHECK_FAULT(unpack(pack_of("link/new", 0), to, 0));
    unpack(pack_of("good/name", 0), to, 0);
    check_content(to, "good/name", "", 0644);
    int outside = open(root, O_RDONLY | O_DIRECTORY);
    CHECK(faccessat(outside, "outside/new", F_OK, 0) != 0);
}

int main(void) {
    CHECK(mkdtemp(root) != NULL);
    keeps_files_folders_and_modes();
    passes_over_what_is_no_file();
    wants_the_required_file_itself();
    has_bounds();
    refuses_broken_packs();
    return 0;
}
