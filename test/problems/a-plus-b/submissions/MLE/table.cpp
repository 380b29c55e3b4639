// Touches 1 GiB, 16 MiB at a time; then the answer is right, so that only the memory limit can refuse it.
#include <cstring>
#include <iostream>
#include <vector>

int main() {
    constexpr std::size_t block = std::size_t{16} << 20;
    std::vector<char *> blocks;
    for (int i = 0; i < 64; i++) {
        char *memory = new char[block];
        std::memset(memory, i + 1, block);
        blocks.push_back(memory);
    }
    long long a, b;
    std::cin >> a >> b;
    volatile char last = blocks.back()[block - 1];
    if (last == 64) std::cout << a + b << '\n';
}
