#include <bits/stdc++.h>

int main() {
    std::int64_t a, b;
    std::cin >> a >> b;
    std::cout << a + b << '\n';
}
