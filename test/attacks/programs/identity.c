/* Becoming somebody else, and getting what somebody else may. */
#include "witness.h"
#include <grp.h>
#include <linux/capability.h>

static void map(const char *act, const char *path) {
    int fd = open(path, O_WRONLY);
    tried(act, write(fd, "0 0 1\n", 6));
    close(fd);
}

int main(int argc, char **argv) {
    begin(argc, argv);
    gid_t root_group = 0;
    tried("setuid", setuid(0));
    tried("seteuid", seteuid(0));
    tried("setresuid", setresuid(0, 0, 0));
    tried("other user", setuid(getuid() + 1));
    tried("setgid", setgid(0));
    tried("setgroups", setgroups(1, &root_group));
    syscall(SYS_setfsuid, 0);
    printf("fsuid %s\n", syscall(SYS_setfsuid, -1) == 0 ? "got 0" : "stays");
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct all[2] = {{~0U, ~0U, ~0U}, {~0U, ~0U, ~0U}};
    tried("capset", syscall(SYS_capset, &header, all));
    tried("ambient", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN, 0, 0));
    tried("bounding", prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0));
    tried("securebits", prctl(PR_SET_SECUREBITS, 0, 0, 0, 0));
    tried("no_new_privs", prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
    map("uid map", "/proc/self/uid_map");
    map("gid map", "/proc/self/gid_map");
    tried("chown", chown("/proc/self/exe", 0, 0));
    int fd = open("/tmp/own", O_CREAT | O_WRONLY, 0600);
    tried("chown own", fchown(fd, 0, 0));
}
