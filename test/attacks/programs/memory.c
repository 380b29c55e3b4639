/*
 * Uses memory where a naive judge does not look. `memory LIFE WHERE MIB` takes that much and no more; when it got it, it
 * says so.
 */
#include "witness.h"
#include <sys/shm.h>

static long wanted;

static void here(void) {
    char *memory = pages(wanted);
    if (memory == NULL) exit(1);
    touch(memory, wanted);
}

static void by_heap(void) {
    for (long taken = 0; taken < wanted; taken += MIB) {
        char *memory = sbrk(MIB);
        if (memory == (char *)-1) exit(1);
        touch(memory, MIB);
    }
}

static void in_memfd(void) {
    int fd = memfd_create("attack", 0);
    char block[65536];
    memset(block, 'x', sizeof block);
    for (long taken = 0; taken < wanted; taken += (long)sizeof block) {
        ssize_t got = write(fd, block, sizeof block);
        if (got != (ssize_t)sizeof block) {
            tried("memfd", got);
            exit(2);
        }
    }
}

static void in_shm(void) {
    int segment = shmget(IPC_PRIVATE, (size_t)wanted, IPC_CREAT | 0600);
    char *memory = segment < 0 ? (char *)-1 : shmat(segment, NULL, 0);
    if (memory == (char *)-1) {
        tried("shm", -1);
        exit(2);
    }
    touch(memory, wanted);
    shmdt(memory);
}

/* The parent ends well whatever becomes of the child. */
static void in_child(int orphan) {
    int done[2];
    if (pipe(done) != 0) exit(1);
    pid_t child = forked();
    if (child < 0) exit(2);
    if (child == 0) {
        close(done[0]);
        if (orphan && forked() != 0) _exit(0);
        here();
        _exit(0);
    }
    close(done[1]);
    char byte;
    if (read(done[0], &byte, 1) != 0) exit(3);
}

static void locked(void) {
    char *memory = pages(wanted);
    if (memory == NULL) exit(1);
    tried("mlock", mlock(memory, (size_t)wanted));
    tried("mlockall", mlockall(MCL_CURRENT | MCL_FUTURE));
    touch(memory, wanted);
}

static void given_back(void) {
    char *memory = pages(wanted);
    if (memory == NULL) exit(1);
    touch(memory, wanted);
    munmap(memory, (size_t)wanted);
}

/* One page of each 2 MiB: what the tables take is the kernel's, and is the program's all the same. */
static void in_tables(void) {
    long span = wanted / 8 * 512;
    char *memory = mmap(NULL, (size_t)span, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) exit(1);
    madvise(memory, (size_t)span, MADV_NOHUGEPAGE);
    volatile char sink = 0;
    for (long at = 0; at < span; at += 2 * MIB) sink += memory[at];
}

int main(int argc, char **argv) {
    begin(argc, argv);
    const char *where = argument(0);
    wanted = atol(argument(1)) * MIB;
    printf("taking %ld MiB %s\n", wanted / MIB, where);
    if (strcmp(where, "here") == 0) here();
    else if (strcmp(where, "heap") == 0) by_heap();
    else if (strcmp(where, "memfd") == 0) in_memfd();
    else if (strcmp(where, "shm") == 0) in_shm();
    else if (strcmp(where, "child") == 0) in_child(0);
    else if (strcmp(where, "orphan") == 0) in_child(1);
    else if (strcmp(where, "locked") == 0) locked();
    else if (strcmp(where, "given-back") == 0) given_back();
    else if (strcmp(where, "tables") == 0) in_tables();
    else if (strcmp(where, "ignored") == 0) {
        signal(SIGCHLD, SIG_IGN);
        in_child(0);
    } else return 95;
    puts("ended");
}
