/* A path that nobody can name, for those who would remove it. Its own cap: 20,000 deep. */
#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    int depth = 0;
    if (chdir("/tmp") != 0) return 1;
    while (depth < 20000 && mkdir("d", 0700) == 0 && chdir("d") == 0) depth++;
    printf("deep %s\n", depth >= 500 ? "enough" : "no");
    /* And none that may be entered. */
    tried("chmod", chmod("/tmp/d/d", 0));
    tried_only("cwd", syscall(SYS_getcwd, (char[8192]){0}, 8192));
}
