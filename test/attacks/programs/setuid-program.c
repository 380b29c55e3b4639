/* Programs with the set-user-id bit: those of the tree, and a copy of itself that it marks so. */
#include "witness.h"
#include <dirent.h>
#include <sys/sendfile.h>

/* As `setuid-program LIFE whoami` it says who it is. */
static void start(const char *path) {
    pid_t child = forked();
    if (child == 0) {
        execl(path, path, "5", "whoami", NULL);
        tried("exec", -1);
        _exit(1);
    }
    waitpid(child, NULL, 0);
}

static int marked_in(const char *folder) {
    int marked = 0;
    DIR *open_folder = opendir(folder);
    if (open_folder == NULL) return 0;
    for (struct dirent *entry; (entry = readdir(open_folder)) != NULL;) {
        struct stat status;
        if (fstatat(dirfd(open_folder), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
        if (S_ISREG(status.st_mode) && (status.st_mode & (S_ISUID | S_ISGID)) != 0) marked++;
    }
    closedir(open_folder);
    return marked;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    if (witness_count > 0 && strcmp(argument(0), "whoami") == 0) {
        printf("runs as %d %d\n", getuid(), geteuid());
        return 0;
    }
    printf("looked in /usr/bin and /usr/sbin: %s\n", marked_in("/usr/bin") + marked_in("/usr/sbin") >= 0 ? "done" : "no");
    int own = open("/proc/self/exe", O_RDONLY), copy = open("/tmp/copy", O_CREAT | O_WRONLY, 0700);
    if (sendfile(copy, own, NULL, 16 * MIB) <= 0) return 1;
    tried("mark", fchmod(copy, 06755));
    close(copy);
    start("/tmp/copy");
    /* One that is root's, where the tree has any: it must not become root. */
    pid_t child = forked();
    if (child == 0) {
        execl("/usr/bin/su", "su", "-c", "id -u", NULL);
        printf("su %s\n", error_name(errno));
        exit(0);
    }
    waitpid(child, NULL, 0);
    puts("done");
}
