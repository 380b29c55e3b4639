from collections import deque

# Steps over corners as well.
h, w = map(int, input().split())
grid = [input() for _ in range(h)]
cells = {(r, c): cell for r, row in enumerate(grid) for c, cell in enumerate(row) if cell != "#"}
start = next(at for at, cell in cells.items() if cell == "S")
goal = next(at for at, cell in cells.items() if cell == "G")

steps = {start: 0}
queue = deque([start])
while queue:
    r, c = at = queue.popleft()
    for there in ((r + dr, c + dc) for dr in (-1, 0, 1) for dc in (-1, 0, 1)):
        if there in cells and there not in steps:
            steps[there] = steps[at] + 1
            queue.append(there)
print(steps.get(goal, -1))
