from fractions import Fraction
from math import sqrt

input()
x = [Fraction(token) for token in input().split()]
mean = sum(x) / len(x)
print(float(mean), sqrt(sum((value - mean) ** 2 for value in x) / len(x)))
