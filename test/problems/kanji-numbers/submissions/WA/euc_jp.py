import sys

# The right characters in EUC-JP, an older encoding: other bytes.
ones = ["", *"一二三四五六七八九"]
tens = ["", "十", *(one + "十" for one in ones[2:])]
lines = [tens[n // 10] + ones[n % 10] for n in range(1, 100)] + ["百"]
sys.stdout.buffer.write(("\n".join(lines) + "\n").encode("euc_jp"))
