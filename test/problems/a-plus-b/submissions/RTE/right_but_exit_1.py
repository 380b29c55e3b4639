import sys

# The output is right, but a program that says that it failed has failed.
a, b = map(int, input().split())
print(a + b)
sys.exit(1)
