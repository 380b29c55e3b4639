#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    puts("stopping");
    tried("stop", raise(SIGSTOP));
}
