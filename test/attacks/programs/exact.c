/* Exactly so many bytes of output, then an exit code: `exact LIFE BYTES CODE THEN`. */
#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    long bytes = atol(argument(0));
    printf("exactly\n");
    for (long i = 8; i < bytes; i++) putchar('x');
    fflush(stdout);
    const char *then = argument(2);
    if (strcmp(then, "spin") == 0) spin();
    if (strcmp(then, "take") == 0) {
        char *memory = pages(256 * MIB);
        if (memory != NULL) touch(memory, 256 * MIB);
    }
    return atoi(argument(1));
}
