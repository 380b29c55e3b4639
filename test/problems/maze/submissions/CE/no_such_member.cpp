#include <iostream>
#include <queue>

int main() {
    std::queue<int> queue;
    queue.push(1);
    // A queue has a front; only a stack has a top.
    std::cout << queue.top() << '\n';
}
