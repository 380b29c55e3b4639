/* Hangs in the kernel, not in a sleep: a FIFO that nobody writes to. */
#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    if (mkfifo("/tmp/fifo", 0600) != 0) return 1;
    puts("opening");
    return open("/tmp/fifo", O_RDONLY);
}
