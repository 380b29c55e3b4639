// Of several tickets that passed equally often it takes the largest.
#include <bits/stdc++.h>

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n;
    std::cin >> n;
    std::map<int, int> passes;
    for (int i = 0, ticket; i < n && std::cin >> ticket; i++) passes[ticket]++;
    int best = 0, most = 0;
    for (auto [ticket, count] : passes)
        if (count >= most) most = count, best = ticket;
    std::cout << passes.size() << '\n' << best << ' ' << most << '\n';
}
