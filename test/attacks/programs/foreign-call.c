/* The calls of another architecture have other numbers: a filter that looks at numbers alone lets them through. */
#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    int old = strcmp(argument(0), "int80") == 0;
    printf("trying %s\n", argument(0));
#ifdef __x86_64__
    long result;
    if (old) __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L /* getpid */) : "memory", "r8", "r9", "r10", "r11");
    else result = syscall(0x40000000L | SYS_getpid);
    if (result < 0 && !old) tried("x32", -1);
    else printf("%s went through with %ld\n", argument(0), result);
#else
    printf("not on this machine %d\n", old);
    raise(SIGSYS);
#endif
}
