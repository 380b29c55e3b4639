/* The mount calls, old and new, and the ways out of a root. */
#include "witness.h"
#include <linux/mount.h>

int main(int argc, char **argv) {
    begin(argc, argv);
    if (mkdir("/tmp/m", 0700) != 0) return 1;
    /* From <sys/mount.h>, which does not go with <linux/mount.h>: MS_BIND, MS_REMOUNT. */
    tried("mount tmpfs", syscall(SYS_mount, "none", "/tmp/m", "tmpfs", 0, NULL));
    tried("mount proc", syscall(SYS_mount, "none", "/tmp/m", "proc", 0, NULL));
    tried("bind", syscall(SYS_mount, "/usr", "/tmp/m", NULL, 4096, NULL));
    tried("remount", syscall(SYS_mount, NULL, "/box", NULL, 32, NULL));
    tried("umount", syscall(SYS_umount2, "/proc", 2));
    tried("pivot_root", syscall(SYS_pivot_root, "/tmp", "/tmp/m"));
    tried("chroot", chroot("/tmp/m"));
    tried("fsopen", syscall(SYS_fsopen, "tmpfs", 0));
    tried_only("open_tree", syscall(SYS_open_tree, AT_FDCWD, "/usr", 0));
    tried_only("open_tree clone", syscall(SYS_open_tree, AT_FDCWD, "/usr", OPEN_TREE_CLONE));
    tried("fspick", syscall(SYS_fspick, AT_FDCWD, "/usr", 0));
    tried("fsmount", syscall(SYS_fsmount, -1, 0, 0));
    tried("fsconfig", syscall(SYS_fsconfig, -1, 0, NULL, NULL, 0));
    tried("move_mount", syscall(SYS_move_mount, AT_FDCWD, "/tmp", AT_FDCWD, "/tmp/m", 0));
    struct mount_attr writable = {.attr_clr = MOUNT_ATTR_RDONLY};
    tried("mount_setattr", syscall(SYS_mount_setattr, AT_FDCWD, "/box", 0, &writable, sizeof writable));
    tried("mount_setattr none", syscall(SYS_mount_setattr, -1, "", 0, NULL, 0));
    struct stat root, outside;
    /* The classic: a folder that stays open outside of a new root. */
    int before = open("/", O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < 64; i++) {
        if (chdir("..") != 0) return 2;
    }
    if (fstat(before, &root) != 0 || stat(".", &outside) != 0) return 3;
    printf("above the root is %s\n", root.st_ino == outside.st_ino && root.st_dev == outside.st_dev ? "the root" : "a way out");
}
