/* Adds by counting, and forgets where to stop. */
#include <stdio.h>

int main(void) {
    long long a, b;
    volatile unsigned long long sum = 0;
    if (scanf("%lld %lld", &a, &b) != 2) return 1;
    for (;;) sum++;
}
