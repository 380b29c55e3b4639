#define _GNU_SOURCE
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fault.h"
#include "path.h"

/* Any folder will do: it is hidden by the new root only in this mount namespace. */
#define NEW_ROOT "/tmp"
#define TREES "/trees"
/* An artefact and its copy while it is replaced; extra files. Pages are taken only when they are used. */
#define BOX_OPTIONS "mode=755,size=1g,nr_inodes=8k,uid=%u,gid=%u"

static char tree_folder[MAX_PATH];

static void bind(const char *from, const char *to) { must(mount(from, to, NULL, MS_BIND, NULL), "bind"); }

/* Only adds: the flags of mounts that we got from a more privileged namespace are locked. */
static void restrict_mount(const char *path, uint64_t attributes) {
    struct mount_attr change = {.attr_set = attributes};
    must(syscall(SYS_mount_setattr, AT_FDCWD, path, 0, &change, sizeof change), "mount_setattr");
}

void bind_read_only(const char *from, const char *to) {
    bind(from, to);
    restrict_mount(to, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

static void make_tmpfs(const char *path, const char *options) {
    must(mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, options), "mount tmpfs");
}

static void make_folder(const char *path) { must(mkdir(path, 0755), "make folder"); }

/* Device files are the host's own: they cannot be made in a user namespace. */
static void make_devices(const char *folder) {
    static const char *const devices[] = {"null", "zero", "full", "random", "urandom"};
    static const char *const links[][2] = {
        {"/proc/self/fd", "fd"}, {"fd/0", "stdin"}, {"fd/1", "stdout"}, {"fd/2", "stderr"}, {"../tmp", "shm"}};
    char path[MAX_PATH], device[MAX_PATH];
    make_tmpfs(folder, "mode=755,size=64k,nr_inodes=32");
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
        path_of(path, "%s/%s", folder, devices[i]);
        path_of(device, "/dev/%s", devices[i]);
        close((int)must(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644), "make device"));
        bind(device, path);
        /* Read-only means the file, whose times all runs would see; the device is written all the same. */
        restrict_mount(path, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    }
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        must(symlink(links[i][0], path_of(path, "%s/%s", folder, links[i][1])), "make link");
    }
    restrict_mount(folder, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC);
}

/* Box 0's are shown here, once for all runs; box 1, of pairs, covers them with its own. */
static void make_box_folders(const struct config *config, const char *tree) {
    char own[MAX_PATH], seen[MAX_PATH], options[MAX_PATH];
    /* Who will be root in the slot fills them, and is nobody yet. */
    const bool changes = config->uid != 0 && !(config->without & WITHOUT_USERNS);
    path_of(options, BOX_OPTIONS, changes ? config->uid : geteuid(), changes ? config->uid : getegid());
    const char *const folders[][2] = {{BOX_FOLDER, BOX_IN_TREE}, {FILES_FOLDER, FILES_IN_TREE}};
    for (int i = 0; i < 2; i++) {
        for (unsigned box = 0; box < MAX_PROGRAMS; box++) {
            make_folder(path_of(own, folders[i][0], box));
            make_tmpfs(own, options);
        }
        path_of(own, folders[i][0], 0);
        path_of(seen, "%s%s", tree, folders[i][1]);
        if (config->without & WITHOUT_READONLY) bind(own, seen);
        else bind_read_only(own, seen);
    }
}

const char *make_root(const struct config *config) {
    char parent[MAX_PATH], name[MAX_PATH], path[MAX_PATH];
    path_of(parent, "%s", config->tree);
    path_of(name, "%s", config->tree);
    path_of(tree_folder, TREES "/%s", basename(name));

    must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "make mounts private");
    /* Opened before the new root may hide it. */
    int trees = (int)must(open(dirname(parent), O_PATH | O_DIRECTORY | O_CLOEXEC), "open tree");
    make_tmpfs(NEW_ROOT, "mode=755,size=1m,nr_inodes=64");
    make_folder(NEW_ROOT OLD_PROC);
    make_folder(NEW_ROOT TREES);
    make_folder(NEW_ROOT "/old");
    /* Without what is mounted below it. The kernel lets us mount a new /proc only while we see a whole one. */
    bind("/proc", NEW_ROOT OLD_PROC);
    bind_read_only(path_of(path, "/proc/self/fd/%d", trees), NEW_ROOT TREES);
    close(trees);
    make_devices(path_of(path, NEW_ROOT "%s/dev", tree_folder));

    must(chdir(NEW_ROOT), "enter root");
    must(syscall(SYS_pivot_root, ".", "old"), "pivot_root");
    must(umount2("/old", MNT_DETACH), "leave host");
    must(rmdir("/old"), "leave host");
    must(chdir("/"), "enter root");
    make_box_folders(config, tree_folder);
    return tree_folder;
}
