/* Sweeps over the grid until no cell gets nearer: slower than a queue, and fast enough here. */
#include <stdio.h>

#define FAR 1000000

static char grid[42][64];
static int steps[42][42];

static int least(int a, int b) { return a < b ? a : b; }

int main(void) {
    int h, w, goal_row = 0, goal_column = 0;
    if (scanf("%d %d", &h, &w) != 2) return 1;
    for (int r = 0; r < 42; r++)
        for (int c = 0; c < 42; c++) steps[r][c] = FAR;
    for (int r = 1; r <= h; r++) {
        if (scanf("%60s", &grid[r][1]) != 1) return 1;
        for (int c = 1; c <= w; c++) {
            if (grid[r][c] == 'S') steps[r][c] = 0;
            if (grid[r][c] == 'G') goal_row = r, goal_column = c;
        }
    }
    for (int changed = 1; changed;) {
        changed = 0;
        for (int r = 1; r <= h; r++) {
            for (int c = 1; c <= w; c++) {
                if (grid[r][c] == '#') continue;
                int near = least(least(steps[r - 1][c], steps[r + 1][c]), least(steps[r][c - 1], steps[r][c + 1]));
                if (near + 1 < steps[r][c]) steps[r][c] = near + 1, changed = 1;
            }
        }
    }
    int answer = steps[goal_row][goal_column];
    printf("%d\n", answer < FAR ? answer : -1);
    return 0;
}
