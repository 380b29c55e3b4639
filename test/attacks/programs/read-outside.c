/* A file outside, by its name there, from everywhere that could lead out. */
#include "witness.h"

static void read_at(const char *prefix, const char *path) {
    char name[600], text[64] = "";
    snprintf(name, sizeof name, "%s%s", prefix, path);
    int fd = open(name, O_RDONLY | O_NONBLOCK);
    printf("%s/... %s\n", prefix, fd < 0 ? error_name(errno) : "got in");
    if (fd >= 0 && read(fd, text, sizeof text - 1) > 0) printf("read %s\n", text);
}

int main(int argc, char **argv) {
    begin(argc, argv);
    const char *prefixes[] = {
        "", "/..", "/box/../..", "/proc/1/root", "/proc/1/cwd", "/proc/self/root/..", "/proc/self/cwd/../..",
        "/proc/self/fd/0/../..", "/proc/self/task/../../1/root", "/dev/fd/../root", "/files/../.."};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) read_at(prefixes[i], argument(0));
    tried_only("truncate", truncate(argument(0), 0));
    tried_only("link", link(argument(0), "/tmp/linked"));
    tried_only("chdir", chdir(argument(1)));
}
