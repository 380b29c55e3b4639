/*
 * The seccomp filters: deny-lists, because an allow-list breaks at every upgrade of a runtime. They are the second wall: what
 * they refuse is mostly refused by the namespaces, the lack of capabilities or the read-only root as well.
 */
#pragma once
#include <linux/filter.h>

struct filter {
    struct sock_fprog program;
};

/* Compiled once, by libseccomp, as a binary tree of system call numbers. */
struct filter compile_base_filter(void);
/* Locks, leases and watches on files that all runs share: one run could tell another something. */
struct filter compile_lock_filter(void);

/* For this process and all that it starts, for good. Needs NO_NEW_PRIVS. */
void install_filter(const struct filter *filter);

/* The names that the base filter denies; ends with NULL. For the test that each is known. */
extern const char *const denied_calls[];
