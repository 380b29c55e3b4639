/* What the run in the other slot has: its segment, by its key; its port; its queue. */
#include "witness.h"
#include <mqueue.h>
#include <netinet/in.h>
#include <sys/ipc.h>
#include <sys/shm.h>

int main(int argc, char **argv) {
    begin(argc, argv);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(7117), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    /* That run comes and goes: many tries. */
    int segment = -1, connected = -1;
    for (int times = 0; times < 20 && segment < 0 && connected != 0; times++) {
        int stream = socket(AF_INET, SOCK_STREAM, 0);
        if (times > 0) usleep(5000);
        segment = shmget(0x5a1ba1, 0, 0);
        connected = connect(stream, (struct sockaddr *)&address, sizeof address);
    }
    tried("port", connected);
    tried("segment", shmget(0x5a1ba1, 0, 0));
    tried("queue", mq_open("/neighbour", O_RDWR));
    tried_only("file", open("/tmp/neighbour", O_RDWR));
    struct shm_info segments;
    tried("segments", shmctl(0, SHM_INFO, (struct shmid_ds *)&segments) < 0 ? -1 : segments.used_ids);
}
