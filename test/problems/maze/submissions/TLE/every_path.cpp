// Tries every path that does not cross itself: an open hall has more of them than there is time.
#include <bits/stdc++.h>

int h, w, best = INT_MAX;
std::vector<std::string> grid;

void walk(int r, int c, int steps) {
    if (r < 0 || r >= h || c < 0 || c >= w || grid[r][c] == '#') return;
    if (grid[r][c] == 'G') {
        best = std::min(best, steps);
        return;
    }
    grid[r][c] = '#';
    walk(r + 1, c, steps + 1);
    walk(r, c + 1, steps + 1);
    walk(r - 1, c, steps + 1);
    walk(r, c - 1, steps + 1);
    grid[r][c] = '.';
}

int main() {
    std::cin >> h >> w;
    grid.resize(h);
    for (auto &row : grid) std::cin >> row;
    for (int r = 0; r < h; r++)
        for (int c = 0; c < w; c++)
            if (grid[r][c] == 'S') {
                walk(r, c, 0);
                std::cout << (best == INT_MAX ? -1 : best) << '\n';
                return 0;
            }
}
