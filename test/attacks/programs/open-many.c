/* Descriptors until there are no more. Its own cap: 100,000. */
#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    int count = 0;
    while (count < 100000 && open("/dev/null", O_RDONLY) >= 0) count++;
    printf("open %s after %d\n", count < 100000 ? error_name(errno) : "never refused", count);
    tried("dup2", dup2(0, 100000));
}
