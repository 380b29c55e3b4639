/*
 * Trouble of ours, never the program's. Every process of the helper tells it in its own way and ends: nothing is known any
 * more about the run, and a new helper starts clean. (The program's own failures are figures and causes, not faults.)
 */
#pragma once

/* How this process tells a fault; set first thing in each process. */
extern void (*tell_fault)(const char *step, int error);

/* Tells what failed, with errno, and ends the process. */
_Noreturn void fault(const char *step);

/* For what no system call reports. */
_Noreturn void fault_with(const char *step, int error);

/* `must(open(...), "open x")`: the value, or a fault when it is negative. */
long must(long value, const char *step);
