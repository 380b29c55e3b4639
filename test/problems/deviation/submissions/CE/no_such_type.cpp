#include <cmath>
#include <iostream>

int main() {
    real sum = 0, x;
    int n;
    std::cin >> n;
    while (std::cin >> x) sum += x;
    std::cout << sum / n << ' ' << std::sqrt(sum) << '\n';
}
