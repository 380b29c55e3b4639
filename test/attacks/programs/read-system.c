/* What the host or the tree keeps to itself. Nothing is written: what opens for writing is closed at once. */
#include "witness.h"
#include <dirent.h>

static void list(const char *folder) {
    DIR *open_folder = opendir(folder);
    if (open_folder == NULL) {
        printf("list %s %s\n", folder, error_name(errno));
        return;
    }
    printf("list %s got", folder);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(open_folder)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) count++;
    }
    closedir(open_folder);
    printf(" %d\n", count);
}

/* Fields that are no lock: a hash, or nothing at all. */
static void count_passwords(const char *path) {
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        printf("%s %s\n", path, error_name(errno));
        return;
    }
    int passwords = 0;
    for (char line[512]; fgets(line, sizeof line, file) != NULL;) {
        const char *field = strchr(line, ':');
        passwords += field == NULL || (field[1] != '*' && field[1] != '!');
    }
    fclose(file);
    printf("%s passwords %d\n", path, passwords);
}

int main(int argc, char **argv) {
    begin(argc, argv);
    const char *read_only[] = {"/root/.ssh/id_rsa", "/root/.bash_history", "/proc/kcore", "/proc/kmsg", "/dev/mem", "/dev/kmsg", "/dev/sda",
                               "/dev/vda", "/dev/kvm", "/dev/tty", "/proc/vmallocinfo", "/proc/pagetypeinfo"};
    const char *writable[] = {"/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe",
                              "/proc/sys/vm/drop_caches", "/proc/sys/kernel/hostname", "/proc/irq/default_smp_affinity",
                              "/proc/1/oom_score_adj", "/proc/1/comm",
                              "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/memory/cgroup.procs"};
    for (size_t i = 0; i < sizeof read_only / sizeof *read_only; i++) tried_open(read_only[i], O_RDONLY);
    for (size_t i = 0; i < sizeof writable / sizeof *writable; i++) tried_open(writable[i], O_WRONLY);
    list("/sys");
    count_passwords("/etc/shadow");
    list("/home");
    list("/files");
    list("/proc/1/fd");
    list("/proc/1/task/1/fd");
    list("/dev/mqueue");
    list("/dev/pts");
}
