/* One counter for every ticket there could be, all set to zero by hand: 4 GB, of which it asks for a quarter. */
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    size_t size = 250 * 1000 * 1000;
    volatile int *passes = malloc(size * sizeof *passes);
    if (passes == NULL) return 1;
    for (size_t i = 0; i < size; i++) passes[i] = 0;
    int n, ticket;
    if (scanf("%d", &n) != 1) return 1;
    while (n-- > 0 && scanf("%d", &ticket) == 1) passes[ticket % size]++;
    printf("%d\n", passes[1]);
    return 0;
}
