/* The mean of the squares minus the square of the mean: the digits that matter cancel. */
#include <math.h>
#include <stdio.h>

int main(void) {
    int n;
    double sum = 0, squares = 0;
    if (scanf("%d", &n) != 1) return 1;
    for (int i = 0; i < n; i++) {
        double x;
        if (scanf("%lf", &x) != 1) return 1;
        sum += x;
        squares += x * x;
    }
    double mean = sum / n, variance = squares / n - mean * mean;
    printf("%.12f %.12f\n", mean, variance > 0 ? sqrt(variance) : 0.0);
    return 0;
}
