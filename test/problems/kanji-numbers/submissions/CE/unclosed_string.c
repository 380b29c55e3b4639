#include <stdio.h>

int main(void) {
    puts("一);
    return 0;
}
