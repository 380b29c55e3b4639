/* Begins with the right line, and goes on for ever, a thousand times the sum in every line. */
#include <stdio.h>

int main(void) {
    long long a, b;
    static char line[32 * 1000];
    if (scanf("%lld %lld", &a, &b) != 2) return 1;
    int length = printf("%lld\n", a + b);
    for (int i = 0; i < 1000; i++) sprintf(line + i * (length - 1), "%lld", a + b);
    for (;;) puts(line);
}
