#include <bits/stdc++.h>

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n;
    std::cin >> n;
    std::vector<int> tickets(n);
    for (int &ticket : tickets) std::cin >> ticket;
    std::sort(tickets.begin(), tickets.end());
    int different = 0, best = 0, most = 0;
    for (int from = 0, to; from < n; from = to) {
        for (to = from; to < n && tickets[to] == tickets[from];) to++;
        different++;
        if (to - from > most) most = to - from, best = tickets[from];
    }
    std::cout << different << '\n' << best << ' ' << most << '\n';
}
