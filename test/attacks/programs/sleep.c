#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    puts("sleeping");
    linger();
}
