/* Reopens its own output to read it, makes the pipe small, non-blocking and asynchronous, and leaves it open. */
#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    puts("before");
    int reader = open("/proc/self/fd/1", O_RDONLY | O_NONBLOCK);
    tried_only("read end", reader);
    tried_only("pipe size", fcntl(1, F_SETPIPE_SZ, 4096));
    tried("nonblocking", fcntl(1, F_SETFL, O_NONBLOCK | O_WRONLY));
    tried_only("direct", fcntl(1, F_SETFL, O_DIRECT | O_WRONLY));
    tried("chmod", fchmod(1, 0));
    tried("lseek", lseek(1, 0, SEEK_SET));
    tried("shutdown", shutdown(1, SHUT_RDWR));
    int again = open("/proc/self/fd/2", O_RDWR | O_NONBLOCK);
    tried_only("error output", again);
    fcntl(1, F_SETFL, O_WRONLY);
    puts("after");
}
