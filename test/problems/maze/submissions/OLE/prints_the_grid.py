# Prints the grid at every step to find a mistake, and the mistake is that it never ends.
h, w = map(int, input().split())
grid = [input() for _ in range(h)]
while True:
    print("\n".join(grid * 1000))
