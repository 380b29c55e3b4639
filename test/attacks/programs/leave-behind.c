/* Everything that a run could leave for the next one: it reads it or is harmed by it. */
#include "witness.h"
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/shm.h>

int main(int argc, char **argv) {
    begin(argc, argv);
    umask(0777);
    tried_only("tmp", open("/tmp/left", O_CREAT | O_WRONLY, 0600));
    tried_only("shm", open("/dev/shm/left-too", O_CREAT | O_WRONLY, 0600));
    tried_only("next", open("/tmp/next", O_CREAT | O_WRONLY, 0600));
    tried_only("segment", shmget(0x5a1ba2, 4096, IPC_CREAT | 0666));
    tried_only("queue", msgget(0x5a1ba2, IPC_CREAT | 0666));
    tried_only("mqueue", mq_open("/left", O_CREAT | O_RDWR, 0666, NULL));
    tried("chmod", chmod("/tmp", 0));
    tried("hostname", sethostname("left", 4));
    tried("personality", syscall(SYS_personality, 0x0040000) < 0 ? -1 : 0);
}
