/* What the run in the other slot has: its segment, by its key; its port; its queue. */
#include "witness.h"
#include <mqueue.h>
#include <netinet/in.h>
#include <sys/ipc.h>
#include <sys/shm.h>

int main(int argc, char **argv) {
    begin(argc, argv);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(7117), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int stream = socket(AF_INET, SOCK_STREAM, 0);
    tried("segment", shmget(0x5a1ba1, 0, 0));
    tried("port", connect(stream, (struct sockaddr *)&address, sizeof address));
    tried("queue", mq_open("/neighbour", O_RDWR));
    tried_only("file", open("/tmp/neighbour", O_RDWR));
    struct shm_info segments;
    tried("segments", shmctl(0, SHM_INFO, (struct shmid_ds *)&segments) < 0 ? -1 : segments.used_ids);
}
