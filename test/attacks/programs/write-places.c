/* Every place that is not its own: a folder that it makes there, and removes at once if that went through. */
#include "witness.h"

static void make_in(const char *folder) {
    char name[256], act[300];
    snprintf(name, sizeof name, "%s/attack", strcmp(folder, "/") == 0 ? "" : folder);
    snprintf(act, sizeof act, "mkdir %s", name);
    if (tried_only(act, mkdir(name, 0700)) == 0) rmdir(name);
}

int main(int argc, char **argv) {
    begin(argc, argv);
    const char *folders[] = {"/", "/usr", "/usr/bin", "/etc", "/dev", "/box", "/files", "/var/tmp", "/run", "/home", "/root", "/proc", "/sys"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) make_in(folders[i]);
    tried_open("/usr/bin/env", O_WRONLY);
    tried_open("/etc/passwd", O_RDWR);
    tried_open("/etc/ld.so.cache", O_WRONLY);
    tried("mknod", mknod("/tmp/disk", S_IFBLK | 0666, 8 << 8));
    tried("mknod null", mknod("/tmp/null", S_IFCHR | 0666, (1 << 8) | 3));
    tried("unlink null", unlink("/dev/null"));
    tried("chmod null", chmod("/dev/null", 0600));
    /* The inode is the host's, whoever shows it: its times would be seen by all runs. */
    tried("touch null", utimensat(AT_FDCWD, "/dev/null", NULL, 0));
    tried("touch random", utimensat(AT_FDCWD, "/dev/random", NULL, 0));
    tried("link", link("/usr/bin/env", "/tmp/env"));
    tried("rmdir tmp", rmdir("/tmp"));
    tried("rename tmp", rename("/tmp", "/box/tmp"));
}
