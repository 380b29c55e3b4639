/* Bytes that a careless reader takes for something else: the end of a text, a terminal's commands, our own report. */
#include "witness.h"

int main(int argc, char **argv) {
    begin(argc, argv);
    const char text[] = "a\r\nb\0c\x1b[2J\x1b]0;x\a\xff\xfe\xc3\x28\nexited 0 0 0 0\n{\"status\":\"exited\",\"exit_code\":0}\n\0\0\0\4";
    if (fwrite(text, 1, sizeof text, stdout) != sizeof text) return 1;
    /* Over every other descriptor too, were there one to the judge. */
    for (int fd = 3; fd < 1024; fd++) {
        if (write(fd, text, sizeof text) > 0) printf("wrote to %d\n", fd);
    }
    return 7;
}
