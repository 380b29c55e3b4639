/* Figures without a cgroup: they come from text in which the program chose its own name. */
#include "../boxes.h"

#include <string.h>
#include <sys/stat.h>

#include "check.h"

static char proc[] = "/tmp/usage-test-XXXXXX";

static void new_process(const char *pid, const char *stat, const char *statm) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", proc, pid);
    CHECK(mkdir(path, 0700) == 0);
    const char *const texts[][2] = {{"stat", stat}, {"statm", statm}};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s/%s", proc, pid, texts[i][0]);
        FILE *file = fopen(path, "w");
        CHECK(file != NULL && fputs(texts[i][1], file) >= 0 && fclose(file) == 0);
    }
}

int main(void) {
    struct usage usage = {0, 0};
    CHECK(mkdtemp(proc) != NULL);
    new_process("1", "1 (init) S 0 1 1 0 -1 0 0 0 0 0 1 2 3 4 20 0 1", "100 50 10 0 0 0 0");
    new_process("7", "7 (a) S 99 (b) S 1 7 7 0 -1 0 0 0 0 0 10 20 0 0 20 0 1", "1000 300 100 0 0 0 0");
    new_process("8", "8 (\n\n) R 1 7 7 0 -1 0 0 0 0 0 5 0 0 0 20 0 1", "1000 150 140 0 0 0 0");
    new_process("9", "", "");
    new_process("notes", "5 (x) S 1 1 1 0 -1 0 0 0 0 0 1000 0 0 0 20 0 1", "9 9 0 0 0 0 0");
    sample_usage(proc, &usage);
    /* Ticks of 10 ms: 1+2+3+4, 10+20 and 5. Init's memory is ours. */
    CHECK(usage.cpu_us == 450000);
    CHECK(usage.memory_peak == (200 + 10 + 140) * 4096);
    /* The highest stays. */
    usage.cpu_us = 1000000;
    sample_usage(proc, &usage);
    CHECK(usage.cpu_us == 1000000);
    return 0;
}
