/* `unix-connect LIFE NAME…`: names that begin with @ are abstract, others are paths. */
#include "witness.h"
#include <sys/un.h>

int main(int argc, char **argv) {
    begin(argc, argv);
    for (int i = 0; i < witness_count; i++) {
        const char *name = argument(i);
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        size_t length = strlen(name);
        if (length >= sizeof address.sun_path) return 1;
        memcpy(address.sun_path, name, length);
        if (name[0] == '@') address.sun_path[0] = '\0';
        socklen_t size = (socklen_t)(sizeof(sa_family_t) + length + (name[0] == '@' ? 0 : 1));
        /* A run in the other slot comes and goes: many tries. */
        int result = -1;
        for (int times = 0; times < 20 && result != 0; times++) {
            int stream = socket(AF_UNIX, SOCK_STREAM, 0);
            if (times > 0) usleep(5000);
            /* Some bind the whole field, and its NUL bytes are part of an abstract name. */
            result = connect(stream, (struct sockaddr *)&address, times % 2 == 0 ? size : sizeof address);
        }
        tried(name[0] == '@' ? "abstract" : "path", result);
    }
}
