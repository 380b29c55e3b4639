/* The little that our tests need: a failed check says where, and ends the test. */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                            \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

/* A fault ends the process with 1; in a child, so that the test goes on. The sanitizers end it with another code. */
#define CHECK_FAULT(statement)                                                                                         \
    do {                                                                                                               \
        int fault_status;                                                                                              \
        pid_t fault_child = fork();                                                                                    \
        if (fault_child == 0) {                                                                                        \
            statement;                                                                                                 \
            _exit(0);                                                                                                  \
        }                                                                                                              \
        CHECK(waitpid(fault_child, &fault_status, 0) == fault_child);                                                  \
        CHECK(WIFEXITED(fault_status) && WEXITSTATUS(fault_status) == 1);                                              \
    } while (0)

/* The same numbers in every run (xorshift64): a failure comes again. */
static inline unsigned long long next_random(unsigned long long *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}
