/*
 * The floor of every judge: fork, exec and wait in a bare loop, nothing around it. Prints the microseconds of each round.
 * Usage: floor ROUNDS STDIN PROGRAM ARGS...
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void become(const char *input, char **argv) {
    if (dup2(open(input, O_RDONLY), 0) != 0 || dup2(open("/dev/null", O_WRONLY), 1) != 1) _exit(126);
    execv(argv[0], argv);
    _exit(127);
}

int main(int argc, char **argv) {
    if (argc < 4) return 2;
    const int rounds = atoi(argv[1]);
    for (int i = 0; i < rounds; i++) {
        const double before = now_us();
        int status;
        pid_t child = fork();
        if (child < 0) return 1;
        if (child == 0) become(argv[2], argv + 3);
        if (waitpid(child, &status, 0) != child || status != 0) return 1;
        printf("%.1f\n", now_us() - before);
    }
    return 0;
}
