/* kill(-1) ends every process that it may; a child of its own shows that it was done. */
#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    pid_t child = forked();
    if (child == 0) {
        linger();
        _exit(0);
    }
    if (child < 0) return 1;
    tried("kill -1", kill(-1, SIGKILL));
    int status = 0;
    if (waitpid(child, &status, 0) != child) return 2;
    printf("child signalled %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}
