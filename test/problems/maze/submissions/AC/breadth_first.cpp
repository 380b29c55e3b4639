#include <bits/stdc++.h>

int main() {
    int h, w;
    std::cin >> h >> w;
    std::vector<std::string> grid(h);
    for (auto &row : grid) std::cin >> row;

    std::vector<std::vector<int>> steps(h, std::vector<int>(w, -1));
    std::queue<std::pair<int, int>> queue;
    int goalRow = 0, goalColumn = 0;
    for (int r = 0; r < h; r++) {
        for (int c = 0; c < w; c++) {
            if (grid[r][c] == 'S') steps[r][c] = 0, queue.push({r, c});
            if (grid[r][c] == 'G') goalRow = r, goalColumn = c;
        }
    }
    while (!queue.empty()) {
        auto [r, c] = queue.front();
        queue.pop();
        for (auto [nr, nc] : {std::pair{r + 1, c}, {r - 1, c}, {r, c + 1}, {r, c - 1}}) {
            if (nr < 0 || nr >= h || nc < 0 || nc >= w || grid[nr][nc] == '#' || steps[nr][nc] >= 0) continue;
            steps[nr][nc] = steps[r][c] + 1;
            queue.push({nr, nc});
        }
    }
    std::cout << steps[goalRow][goalColumn] << '\n';
}
