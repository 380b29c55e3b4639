/* Message queues and semaphores are kernel memory too. Its own cap: 256 MiB. */
#include "witness.h"
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

int main(int argc, char **argv) {
    begin(argc, argv);
    puts("queueing");
    struct { long type; char text[4096]; } message = {.type = 1};
    long total = 0;
    int queues = 0;
    for (int queue; total < 256 * MIB && (queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600)) >= 0; queues++) {
        while (msgsnd(queue, &message, sizeof message.text, IPC_NOWAIT) == 0) total += (long)sizeof message.text;
    }
    int error = errno;
    printf("queued %s, queues %s\n", total > 0 ? "some" : "none", total < 256 * MIB ? error_name(error) : "never refused");
    int sets = 0;
    while (sets < 20000 && semget(IPC_PRIVATE, 100, IPC_CREAT | 0600) >= 0) sets++;
    printf("semaphores %s\n", sets < 20000 ? error_name(errno) : "never refused");
    int opened = 0;
    for (char name[32]; opened < 1000; opened++) {
        snprintf(name, sizeof name, "/attack-%d", opened);
        if (mq_open(name, O_CREAT | O_RDWR, 0600, NULL) < 0) break;
    }
    printf("posix queues %s\n", opened < 1000 ? error_name(errno) : "never refused");
}
