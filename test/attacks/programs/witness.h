/*
 * What every attack shares. An attack is started as `./main LIFE ARGUMENTS...` and ends by itself after LIFE seconds,
 * whatever becomes of the sandbox: one that fails must not become a machine that falls. It prints a line for every
 * forbidden act that it tried, `NAME ERRNO` or `NAME got VALUE`, and prints it before the act when that may be its end.
 */
#ifndef WITNESS_H
#define WITNESS_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MIB (1024L * 1024)

static double witness_end;
static int witness_count;
static char **witness_words;

static inline double seconds_of(clockid_t clock) {
    struct timespec time;
    if (clock_gettime(clock, &time) != 0) exit(99);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static inline int living(void) { return seconds_of(CLOCK_MONOTONIC) < witness_end; }

/* An alarm is not inherited: every child sets its own. */
static inline void mortal(void) {
    double left = witness_end - seconds_of(CLOCK_MONOTONIC);
    alarm(left < 1 ? 1 : (unsigned)left);
}

static inline void begin(int argc, char **argv) {
    if (argc < 2 || atoi(argv[1]) < 1) exit(98);
    setvbuf(stdout, NULL, _IOLBF, 0);
    witness_end = seconds_of(CLOCK_MONOTONIC) + atoi(argv[1]);
    witness_count = argc - 2;
    witness_words = argv + 2;
    mortal();
}

static inline const char *argument(int index) {
    if (index >= witness_count) exit(97);
    return witness_words[index];
}

static inline const char *error_name(int error) {
    const char *name = strerrorname_np(error);
    return name == NULL ? "?" : name;
}

static inline long tried(const char *act, long result) {
    if (result < 0) printf("%s %s\n", act, error_name(errno));
    else printf("%s got %ld\n", act, result);
    return result;
}

/* Where the value says nothing: descriptors, addresses, numbers that differ from run to run. */
static inline long tried_only(const char *act, long result) {
    if (result < 0) printf("%s %s\n", act, error_name(errno));
    else printf("%s got through\n", act);
    return result;
}

static inline pid_t forked(void) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) mortal();
    return child;
}

/* Uses that much CPU time of this thread. */
static inline void burn(double seconds) {
    double end = seconds_of(CLOCK_THREAD_CPUTIME_ID) + seconds;
    while (seconds_of(CLOCK_THREAD_CPUTIME_ID) < end && living()) continue;
}

static inline void spin(void) {
    while (living()) continue;
}

static inline void linger(void) {
    while (living()) pause();
}

/* Writes to every page; not zeros, which same-page merging could give back. */
static inline void touch(char *memory, long bytes) {
    for (long at = 0; at < bytes; at += 4096) memory[at] = (char)(at / 4096 + 1);
}

static inline char *pages(long bytes) {
    char *memory = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/* Opens without creating or writing anything: if it goes through, nothing has happened yet. */
static inline int tried_open(const char *path, int flags) {
    char act[512];
    snprintf(act, sizeof act, "open %s", path);
    int fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    tried_only(act, fd);
    if (fd >= 0) close(fd);
    return fd;
}
#endif
