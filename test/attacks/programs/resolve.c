#include "witness.h"
#include <netdb.h>

int main(int argc, char **argv) {
    begin(argc, argv);
    struct addrinfo *found = NULL;
    int error = getaddrinfo(argument(0), "80", NULL, &found);
    printf("resolve %s\n", error == 0 ? "got an address" : error == EAI_AGAIN ? "EAI_AGAIN" : gai_strerror(error));
}
