/* Its own program, for the next test case; its input, for the next run; a file that all runs share. */
#include "witness.h"
#include <sys/xattr.h>

static void change(const char *path) {
    char act[300], text[] = "changed";
    tried_open(path, O_WRONLY);
    tried_open(path, O_RDWR);
    int fd = open(path, O_WRONLY | O_NONBLOCK);
    /* Only what the harness laid out for it, and only to see that it is seen. */
    if (fd >= 0 && pwrite(fd, text, sizeof text, 0) < 0) perror("write");
    snprintf(act, sizeof act, "truncate %s", path);
    tried(act, truncate(path, 0));
    snprintf(act, sizeof act, "chmod %s", path);
    tried(act, chmod(path, 0777));
    snprintf(act, sizeof act, "unlink %s", path);
    tried(act, unlink(path));
    snprintf(act, sizeof act, "rename %s", path);
    tried(act, rename(path, "/tmp/elsewhere"));
    snprintf(act, sizeof act, "xattr %s", path);
    tried(act, setxattr(path, "user.attack", "x", 1, 0));
    snprintf(act, sizeof act, "utimes %s", path);
    tried(act, utimensat(AT_FDCWD, path, NULL, 0));
}

int main(int argc, char **argv) {
    begin(argc, argv);
    change(argument(0));
    tried("fchmod stdin", fchmod(0, 0777));
    tried("ftruncate stdin", ftruncate(0, 0));
    tried("write stdin", write(0, "x", 1));
    void *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 0, 0);
    tried_only("map stdin", shared == MAP_FAILED ? -1 : 0);
}
