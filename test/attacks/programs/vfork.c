/* The parent of a vfork hangs in the kernel until the child ends. */
#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    puts("vfork");
    pid_t child = vfork();
    if (child == 0) {
        for (;;) {
            if (!living()) _exit(0);
            usleep(10000);
        }
    }
    return child < 0;
}
