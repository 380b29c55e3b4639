// Prints the digits of 1/7 after the point, all of them.
#include <cstdio>

int main() {
    std::printf("0.");
    for (int rest = 1;; rest = rest * 10 % 7) std::putchar('0' + rest * 10 / 7);
}
