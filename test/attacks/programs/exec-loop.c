/* Becomes itself again and again: a new program each time, no new process. Its clock goes on. */
#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    int round = atoi(argument(0));
    if (round == 0) puts("executing");
    if (round > 20000) return 0;
    char next[16];
    snprintf(next, sizeof next, "%d", round + 1);
    execl("/proc/self/exe", argv[0], argv[1], next, NULL);
    tried("exec", -1);
    return 1;
}
