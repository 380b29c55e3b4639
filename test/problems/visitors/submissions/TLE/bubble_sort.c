/* Quick on small inputs; on the largest, hundreds of thousands of passes over hundreds of thousands of tickets. */
#include <stdio.h>

static int tickets[600000];

int main(void) {
    int n;
    if (scanf("%d", &n) != 1 || n > 600000) return 1;
    for (int i = 0; i < n; i++)
        if (scanf("%d", &tickets[i]) != 1) return 1;
    for (int swapped = 1; swapped;) {
        swapped = 0;
        for (int i = 1; i < n; i++) {
            if (tickets[i - 1] <= tickets[i]) continue;
            int later = tickets[i - 1];
            tickets[i - 1] = tickets[i];
            tickets[i] = later;
            swapped = 1;
        }
    }
    int different = 0, best = 0, most = 0;
    for (int from = 0, to; from < n; from = to) {
        for (to = from; to < n && tickets[to] == tickets[from];) to++;
        different++;
        if (to - from > most) most = to - from, best = tickets[from];
    }
    printf("%d\n%d %d\n", different, best, most);
    return 0;
}
