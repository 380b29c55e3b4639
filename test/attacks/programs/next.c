/* The run after an attack: everything that it could have left must be gone. */
#include "witness.h"
#include <dirent.h>
#include <sys/shm.h>

static int entries(const char *folder) {
    DIR *open_folder = opendir(folder);
    if (open_folder == NULL) return -1;
    int count = 0;
    for (struct dirent *entry; (entry = readdir(open_folder)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) count++;
    }
    closedir(open_folder);
    return count;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    struct shm_info segments;
    if (shmctl(0, SHM_INFO, (struct shmid_ds *)&segments) < 0) return 1;
    const int tmp = entries("/tmp"), shm = entries("/dev/shm");
    int file = open("/tmp/next", O_CREAT | O_EXCL | O_WRONLY, 0600);
    printf("tmp %d shm %d segments %d write %d\n", tmp, shm, segments.used_ids, file >= 0);
}
