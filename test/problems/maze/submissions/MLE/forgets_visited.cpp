// Marks no cell as visited, so the queue doubles with every step of a way that does not lead to the goal.
#include <bits/stdc++.h>

struct Place {
    short row, column;
    int steps;
};

int main() {
    int h, w;
    std::cin >> h >> w;
    std::vector<std::string> grid(h);
    for (auto &row : grid) std::cin >> row;
    std::vector<Place> queue;
    for (short r = 0; r < h; r++)
        for (short c = 0; c < w; c++)
            if (grid[r][c] == 'S') queue.push_back({r, c, 0});
    for (std::size_t next = 0; next < queue.size() && queue.size() < 100'000'000; next++) {
        auto [r, c, steps] = queue[next];
        if (r < 0 || r >= h || c < 0 || c >= w || grid[r][c] == '#') continue;
        if (grid[r][c] == 'G') {
            std::cout << steps << '\n';
            return 0;
        }
        for (auto [dr, dc] : {std::pair{1, 0}, {-1, 0}, {0, 1}, {0, -1}})
            queue.push_back({short(r + dr), short(c + dc), steps + 1});
    }
    std::cout << -1 << '\n';
}
