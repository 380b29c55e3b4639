#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    puts("closing");
    for (int fd = 0; fd < 64; fd++) close(fd);
    burn(0.05);
    return 0;
}
