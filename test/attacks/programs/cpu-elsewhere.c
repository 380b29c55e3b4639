/* Uses CPU time where a naive judge does not look: orphan, ignored child, threads, a child that is never reaped. */
#include "witness.h"

static double amount;

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
    close(done[1]);
    char byte;
    if (read(done[0], &byte, 1) != 0) exit(3);
    if (reaped && waitpid(child, NULL, 0) != child) exit(4);
}

int main(int argc, char **argv) {
    begin(argc, argv);
    const char *where = argument(0);
    amount = atof(argument(1)) / 1000;
    printf("burning in %s\n", where);
    if (strcmp(where, "threads") == 0) in_threads();
    else {
        if (strcmp(where, "ignored") == 0) signal(SIGCHLD, SIG_IGN);
        in_child(strcmp(where, "orphan") == 0, strcmp(where, "child") == 0);
    }
    struct rusage own, children;
    getrusage(RUSAGE_SELF, &own);
    getrusage(RUSAGE_CHILDREN, &children);
    long seen = (own.ru_utime.tv_sec + children.ru_utime.tv_sec) * 1000 + (own.ru_utime.tv_usec + children.ru_utime.tv_usec) / 1000;
    printf("burnt in %s, rusage sees %s\n", where, seen < 100 ? "nothing" : "it");
}
