/* Typing into the judge's terminal, and other calls to a terminal. */
#include "witness.h"
#include <sys/ioctl.h>

int main(int argc, char **argv) {
    begin(argc, argv);
    for (int fd = 0; fd < 3; fd++) {
        char act[32];
        snprintf(act, sizeof act, "TIOCSTI %d", fd);
        tried(act, ioctl(fd, TIOCSTI, "x"));
        snprintf(act, sizeof act, "TIOCLINUX %d", fd);
        tried(act, ioctl(fd, TIOCLINUX, "\6"));
        snprintf(act, sizeof act, "TIOCSTI high %d", fd);
        /* The kernel looks at the lower half alone; so must the filter. */
        tried(act, syscall(SYS_ioctl, fd, 0x100000000UL | TIOCSTI, "x"));
    }
    tried("TIOCSCTTY", ioctl(0, TIOCSCTTY, 1));
    tried_only("tty", open("/dev/tty", O_RDWR));
    tried_only("ptmx", open("/dev/ptmx", O_RDWR));
}
