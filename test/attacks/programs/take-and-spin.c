/* `take-and-spin LIFE MIB MS`: holds that much memory and uses that much CPU time, or all that there is. */
#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    long bytes = atol(argument(0)) * MIB;
    char *memory = pages(bytes);
    if (memory == NULL) return 1;
    touch(memory, bytes);
    printf("took %s MiB\n", argument(0));
    if (strcmp(argument(1), "all") == 0) spin();
    else burn(atof(argument(1)) / 1000);
}
