/* Filters of its own: that is allowed, and makes nothing that was refused allowed. memfd as a program: so too. */
#include "witness.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/sendfile.h>

int main(int argc, char **argv) {
    begin(argc, argv);
    if (witness_count > 0) {
        tried("unshare", unshare(CLONE_NEWUSER));
        tried("affinity", sched_setaffinity(0, sizeof(cpu_set_t), &(cpu_set_t){0}));
        return 0;
    }
    tried_only("personality", syscall(SYS_personality, 0x0040000));
    struct sock_filter all[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog program = {1, all};
    tried("filter", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
    int memory = memfd_create("program", 0), own = open("/proc/self/exe", O_RDONLY);
    tried_only("memfd", memory);
    if (sendfile(memory, own, NULL, 16 * MIB) <= 0) return 1;
    char *words[] = {argv[0], argv[1], "inner", NULL};
    fexecve(memory, words, (char *[]){NULL});
    tried("exec", -1);
}
