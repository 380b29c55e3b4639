/* Children that nobody reaps: each holds a place in the table of processes. Its own cap: 2,000. */
#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    int count = 0;
    pid_t child = 0;
    while (count < 2000 && (child = fork()) > 0) count++;
    if (child == 0 && count < 2000) _exit(0);
    printf("fork %s\n", child < 0 ? error_name(errno) : "got 2000");
}
