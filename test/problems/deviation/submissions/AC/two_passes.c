#include <math.h>
#include <stdio.h>

int main(void) {
    int n;
    double x[100], mean = 0, squares = 0;
    if (scanf("%d", &n) != 1 || n > 100) return 1;
    for (int i = 0; i < n; i++) {
        if (scanf("%lf", &x[i]) != 1) return 1;
        mean += x[i] / n;
    }
    for (int i = 0; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
    printf("%.12f %.12f\n", mean, sqrt(squares / n));
    return 0;
}
