import sys
from collections import Counter

passes = Counter(sys.stdin.buffer.read().split()[1:])
most = max(passes.values())
best = min(int(ticket) for ticket, count in passes.items() if count == most)
print(len(passes))
print(best, most)
