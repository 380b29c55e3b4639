/*
 * Calls that no program of a contest needs. Arguments are such that the kernel refuses them even after its question for
 * permission, so that nothing happens where one of them goes through.
 */
#include "witness.h"

#define CALL(name, ...) tried_only(#name, syscall(SYS_##name, __VA_ARGS__))
#define NONE 0L, 0L, 0L, 0L, 0L

int main(int argc, char **argv) {
    begin(argc, argv);
    CALL(bpf, 0, NULL, 0);
    CALL(userfaultfd, 1 /* user mode only: needs no privilege */);
    CALL(kexec_load, 0, ~0UL, NULL, ~0UL);
    CALL(kexec_file_load, -1, -1, 0, NULL, ~0UL);
    CALL(init_module, NULL, 0L, NULL);
    CALL(finit_module, -1, NULL, 0);
    CALL(delete_module, "attack", 0);
    CALL(reboot, 1, 2, 3, NULL);
    CALL(swapon, "", 0);
    CALL(swapoff, "");
    CALL(acct, "");
    CALL(quotactl, ~0, NULL, 0, NULL);
    CALL(name_to_handle_at, AT_FDCWD, "/", (unsigned[2]){0}, (int[1]){0}, 0);
    CALL(open_by_handle_at, AT_FDCWD, NULL, 0);
    CALL(fanotify_init, 0, 0);
    CALL(syslog, 10 /* size of the buffer */, NULL, 0);
    CALL(clock_settime, CLOCK_REALTIME, NULL);
    CALL(settimeofday, NULL, (void *)8);
    CALL(clock_adjtime, CLOCK_REALTIME, NULL);
    CALL(adjtimex, NULL);
    CALL(sethostname, NULL, ~0UL);
    CALL(setdomainname, NULL, ~0UL);
    CALL(vhangup, 0);
    CALL(memfd_secret, 0);
    CALL(mbind, 0L, 0L, 0L, 0L, 0L, 0L);
    CALL(move_pages, 0, 0L, NULL, NULL, NULL, 0);
    CALL(migrate_pages, 0, 0L, NULL, NULL);
    CALL(set_mempolicy, 0, NULL, 0);
#ifdef SYS_iopl
    CALL(iopl, 3);
    CALL(ioperm, 0, 1, 0);
    CALL(modify_ldt, 0, NULL, 0L);
    CALL(lookup_dcookie, 0L, NULL, 0L);
#endif
    CALL(perf_event_open, NULL, 0, -1, -1, 0);
    CALL(io_uring_setup, 1, (char[256]){0});
    CALL(io_uring_enter, -1, NONE);
    CALL(io_uring_register, -1, NONE);
    CALL(add_key, "user", "attack", "x", 1L, -3 /* session keyring */);
    CALL(request_key, "user", "attack", NULL, -3);
    CALL(keyctl, 0 /* get id */, -3, 1);
}
