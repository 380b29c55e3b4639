#include <cstdio>

int main() {
    int *volatile nowhere = nullptr;
    std::printf("%d\n", *nowhere);
}
