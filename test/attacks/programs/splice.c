/* Pages given to pipes, and files changed through them: the holes of the past were here. */
#include "witness.h"
#include <sys/sendfile.h>
#include <sys/uio.h>

int main(int argc, char **argv) {
    begin(argc, argv);
    int ends[2], program = open("/proc/self/exe", O_RDONLY);
    if (pipe(ends) != 0 || program < 0) return 1;
    loff_t at = 1;
    tried("splice", splice(program, &at, ends[1], NULL, 1, 0));
    /* The page of the file must not take this (CVE-2022-0847). */
    tried("write after", write(ends[1], "XXXX", 4));
    char read_back[4];
    if (pread(program, read_back, 4, 0) != 4) return 2;
    printf("program %s\n", memcmp(read_back, "\177ELF", 4) == 0 ? "whole" : "changed");
    char *memory = pages(65536);
    touch(memory, 65536);
    struct iovec part = {memory, 65536};
    tried_only("vmsplice", vmsplice(ends[1], &part, 1, SPLICE_F_GIFT | SPLICE_F_NONBLOCK));
    at = 0;
    tried_only("splice from stdin", splice(0, &at, ends[1], NULL, 1, SPLICE_F_NONBLOCK));
    tried_only("sendfile to stdin", sendfile(0, program, NULL, 4));
    tried_only("copy to stdin", copy_file_range(program, NULL, 0, NULL, 4, 0));
}
