/* Process 1 is ours: it knows more than it should tell. */
#include "witness.h"

static void read_at(const char *name) {
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/1/%s", name);
    int fd = open(path, O_RDONLY);
    ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text);
    if (got > 0) printf("%s got %.*s\n", name, (int)got, text);
    else if (got == 0) printf("%s empty\n", name);
    else printf("%s %s\n", name, error_name(errno));
    if (fd >= 0) close(fd);
}

static void follow(const char *name) {
    char path[64], target[4096];
    snprintf(path, sizeof path, "/proc/1/%s", name);
    ssize_t got = readlink(path, target, sizeof target);
    if (got < 0) printf("link %s %s\n", name, error_name(errno));
    else printf("link %s got %.*s\n", name, (int)got, target);
}

int main(int argc, char **argv) {
    begin(argc, argv);
    const char *files[] = {"environ", "maps", "auxv", "syscall", "stack", "io", "personality", "timers", "mountinfo"};
    const char *links[] = {"exe", "root", "cwd", "fd/0", "fd/1", "fd/3", "fd/4", "ns/user", "ns/net", "ns/mnt", "map_files/"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) read_at(files[i]);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) follow(links[i]);
    int memory = open("/proc/1/mem", O_RDWR);
    tried_only("mem", memory);
    tried_only("exe for writing", open("/proc/1/exe", O_WRONLY));
    tried_only("fd 3 for writing", open("/proc/1/fd/3", O_WRONLY));
    read_at("cmdline");
}
