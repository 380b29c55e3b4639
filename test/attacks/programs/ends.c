/* The ways for a program to end, told before. */
#include "witness.h"

static volatile int bottom = -1;

static __attribute__((noinline)) long deep(volatile char *above, int depth) {
    volatile char here[4096];
    here[0] = above[0];
    if (depth == bottom) return 0;
    return deep(here, depth + 1) + here[0];
}

int main(int argc, char **argv) {
    begin(argc, argv);
    const char *way = argument(0);
    printf("ending by %s\n", way);
    if (strcmp(way, "abort") == 0) abort();
    if (strcmp(way, "segv") == 0) *(volatile int *)(intptr_t)bottom = 1;
    if (strcmp(way, "stack") == 0) return (int)deep("x", 0);
    if (strcmp(way, "exit") == 0) return atoi(argument(1));
    if (strcmp(way, "raise") == 0) return raise(atoi(argument(1)));
    if (strcmp(way, "thread") == 0) {
        pthread_t thread;
        pthread_create(&thread, NULL, (void *(*)(void *))(void *)spin, NULL);
        pthread_exit(NULL);
    }
    return 96;
}
