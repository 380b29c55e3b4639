/* Inodes, names and attributes instead of bytes. Its own cap: 400,000. */
#include "witness.h"
#include <sys/xattr.h>

static long count_until_refused(const char *kind) {
    char name[300], attribute[300];
    long made = 0;
    int first = open("/tmp/first", O_CREAT | O_WRONLY, 0600);
    if (first < 0) return -1;
    for (int result = 0; made < 400000 && living(); made++) {
        /* Long names: the kernel keeps each in memory of its own. */
        snprintf(name, sizeof name, "/tmp/%0200ld", made);
        snprintf(attribute, sizeof attribute, "user.%0200ld", made);
        if (strcmp(kind, "files") == 0) result = mknod(name, S_IFREG | 0600, 0);
        else if (strcmp(kind, "fifos") == 0) result = mkfifo(name, 0600);
        else if (strcmp(kind, "folders") == 0) result = mkdir(name, 0700);
        else if (strcmp(kind, "links") == 0) result = link("/tmp/first", name);
        else if (strcmp(kind, "symlinks") == 0) result = symlink(name, name);
        else result = fsetxattr(first, attribute, attribute, sizeof attribute, 0);
        if (result != 0) break;
    }
    return made;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    printf("making %s\n", argument(0));
    long made = count_until_refused(argument(0));
    printf("then %s\n", made < 400000 ? error_name(errno) : "never refused");
    printf("count %ld\n", made);
}
