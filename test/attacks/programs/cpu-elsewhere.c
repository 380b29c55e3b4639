/* Uses CPU time where a naive judge does not look: orphan, ignored child, threads, a child that is never reaped. */
#include "witness.h"

static double amount, before;

/* Of both kinds: where a call costs much, as under emulation, burning is mostly the kernel's. */
static double seen(int whose) {
    struct rusage usage;
    getrusage(whose, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void *burning(void *unused) {
    burn(amount);
    return unused;
}

static void in_threads(void) {
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        if (pthread_create(&threads[i], NULL, burning, NULL) != 0) exit(1);
    }
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
}

/* The pipe closes when the burning process has ended. */
static void in_child(int orphan, int reaped) {
    int done[2];
    if (pipe(done) != 0) exit(1);
    pid_t child = forked();
    if (child < 0) exit(2);
    if (child == 0) {
        close(done[0]);
        if (orphan && forked() != 0) _exit(0);
        burn(amount);
        _exit(0);
    }
    /* A fork alone may cost as much as is burnt here, on a slow machine. */
    before = seen(RUSAGE_SELF);
    close(done[1]);
    char byte;
    if (read(done[0], &byte, 1) != 0) exit(3);
    if (reaped && waitpid(child, NULL, 0) != child) exit(4);
}

int main(int argc, char **argv) {
    begin(argc, argv);
    const char *where = argument(0);
    amount = atof(argument(1)) / 1000;
    const double all = strcmp(where, "threads") == 0 ? 4 * amount : amount;
    before = seen(RUSAGE_SELF);
    printf("burning in %s\n", where);
    if (strcmp(where, "threads") == 0) in_threads();
    else {
        if (strcmp(where, "ignored") == 0) signal(SIGCHLD, SIG_IGN);
        in_child(strcmp(where, "orphan") == 0, strcmp(where, "child") == 0);
    }
    const double used = seen(RUSAGE_SELF) + seen(RUSAGE_CHILDREN) - before;
    printf("burnt in %s, rusage sees %s\n", where, used < all / 2 ? "nothing" : "it");
}
