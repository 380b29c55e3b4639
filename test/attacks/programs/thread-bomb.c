/* Threads until there are no more, all spinning. Its own cap: 2,000. */
#include "witness.h"

static pthread_mutex_t full = PTHREAD_MUTEX_INITIALIZER;

/* Not before all are there: they would take the time that it takes to make them. */
static void *spinning(void *unused) {
    pthread_mutex_lock(&full);
    pthread_mutex_unlock(&full);
    spin();
    return unused;
}

int main(int argc, char **argv) {
    begin(argc, argv);
    pthread_mutex_lock(&full);
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    for (int count = 0; count < 2000; count++) {
        pthread_t thread;
        int error = pthread_create(&thread, &small, spinning, NULL);
        if (error == 0) continue;
        printf("thread %s\n", error_name(error));
        break;
    }
    pthread_mutex_unlock(&full);
    spin();
}
