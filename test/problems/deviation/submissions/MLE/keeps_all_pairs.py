# Writes the measurements down again and again, up to 1 GiB, before it begins.
n = int(input())
x = list(map(float, input().split()))
notes = []
for page in range(1024):
    notes.append(bytearray(b"\x2a") * (1 << 20))
mean = sum(x) / n
print(mean, (sum((value - mean) ** 2 for value in x) / n) ** 0.5, len(notes) * 0)
