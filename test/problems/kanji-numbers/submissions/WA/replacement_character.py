import sys

# Every 十 is written as U+FFFD, the sign for a character that could not be read.
ones = ["", *"一二三四五六七八九"]
tens = ["", "\ufffd", *(one + "\ufffd" for one in ones[2:])]
lines = [tens[n // 10] + ones[n % 10] for n in range(1, 100)] + ["百"]
sys.stdout.buffer.write(("\n".join(lines) + "\n").encode())
