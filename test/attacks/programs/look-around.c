/* What a program sees of the world by ordinary means; the harness compares it, and finds no host path in it. */
#include "witness.h"
#include <dirent.h>
#include <sys/utsname.h>

extern char **environ;

static void print_file(const char *path) {
    char text[16384];
    int fd = open(path, O_RDONLY);
    if (fd < 0) {
        printf("%s %s\n", path, error_name(errno));
        return;
    }
    printf("%s:\n", path);
    for (ssize_t got; (got = read(fd, text, sizeof text)) > 0;) fwrite(text, 1, (size_t)got, stdout);
    close(fd);
}

static void print_link(const char *path) {
    char target[4096];
    ssize_t got = readlink(path, target, sizeof target);
    if (got < 0) printf("%s %s\n", path, error_name(errno));
    else printf("%s -> %.*s\n", path, (int)got, target);
}

static void print_processes(void) {
    DIR *proc = opendir("/proc");
    int count = 0, highest = 0;
    for (struct dirent *entry; proc != NULL && (entry = readdir(proc)) != NULL;) {
        int pid = atoi(entry->d_name);
        count += pid > 0;
        if (pid > highest) highest = pid;
    }
    printf("processes %d highest %d own %d\n", count, highest, getpid());
    if (proc != NULL) closedir(proc);
}

static void print_descriptors(void) {
    printf("descriptors");
    for (int fd = 0; fd < 4096; fd++) {
        if (fcntl(fd, F_GETFD) >= 0) printf(" %d", fd);
    }
    printf("\n");
}

static void print_folder(const char *path) {
    struct dirent **names;
    int count = scandir(path, &names, NULL, alphasort);
    printf("%s:", path);
    for (int i = 2; i < count; i++) printf(" %s", names[i]->d_name);
    printf("\n");
}

int main(int argc, char **argv) {
    begin(argc, argv);
    const char *what = argument(0);
    if (strcmp(what, "mounts") == 0) {
        print_file("/proc/self/mountinfo");
        print_file("/proc/self/mounts");
        print_file("/proc/self/mountstats");
        print_file("/proc/self/maps");
    } else if (strcmp(what, "links") == 0) {
        print_link("/proc/self/fd/0");
        print_link("/proc/self/fd/1");
        print_link("/proc/self/fd/2");
        print_link("/proc/self/cwd");
        print_link("/proc/self/exe");
        print_link("/proc/self/root");
        print_descriptors();
        print_folder("/dev");
    } else if (strcmp(what, "self") == 0) {
        struct utsname name;
        uname(&name);
        printf("host %s domain %s\n", name.nodename, name.domainname);
        printf("uid %d %d gid %d %d groups %d\n", getuid(), geteuid(), getgid(), getegid(), getgroups(0, NULL));
        printf("session %d group %d parent %d\n", getsid(0) == getpid(), getpgrp() == getpid(), getppid());
        for (char **variable = environ; *variable != NULL; variable++) printf("env %s\n", *variable);
        print_file("/proc/self/status");
    } else {
        print_processes();
        print_file("/proc/keys");
        print_file("/proc/key-users");
        print_file("/proc/self/cgroup");
        print_file("/proc/net/unix");
        print_file("/proc/net/tcp");
        print_file("/proc/locks");
        print_file("/proc/sysvipc/shm");
    }
}
