/* Locks and watches on what all runs share: one run sets them, another sees them, and the two can talk. */
#include "witness.h"
#include <sys/file.h>
#include <sys/inotify.h>

int main(int argc, char **argv) {
    begin(argc, argv);
    int fd = open(argument(0), O_RDONLY), folder = open("/usr/bin", O_RDONLY | O_DIRECTORY);
    if (fd < 0 || folder < 0) return 1;
    struct flock whole = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    tried("flock", flock(fd, LOCK_SH | LOCK_NB));
    tried("setlk", fcntl(fd, F_SETLK, &whole));
    tried("setlkw", fcntl(fd, F_SETLKW, &whole));
    whole.l_pid = 0;
    tried("ofd", fcntl(fd, F_OFD_SETLK, &whole));
    tried("ofd wait", fcntl(fd, F_OFD_SETLKW, &whole));
    tried("lockf", lockf(fd, F_TEST, 0));
    tried("lease", fcntl(fd, F_SETLEASE, F_RDLCK));
    tried("notify", fcntl(folder, F_NOTIFY, DN_ACCESS));
    tried_only("inotify", inotify_add_watch(inotify_init1(0), argument(0), IN_ACCESS));
    tried_only("inotify folder", inotify_add_watch(inotify_init1(0), "/usr/bin", IN_OPEN | IN_ACCESS));
    /* As one number with something in its upper half. */
    tried("setlk high", syscall(SYS_fcntl, fd, 0x100000000UL | F_SETLK, &whole));
}
