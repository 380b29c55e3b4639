/* Messages: nothing that was said is lost, in whatever order both ends go. */
#include "../wire.h"

#include <string.h>

#include "check.h"

static void gives_what_was_said_before_the_end(void) {
    int pair[2];
    make_pair(pair);
    struct ended_message said = {.kind = ENDED, .status = 7}, heard = {0};
    uint32_t question = ASK_LIFE;
    /* As init does, which the keeper asks something at the very moment when it reports and ends. */
    send_message(pair[0], &said, sizeof said, NULL, 0);
    send_message(pair[1], &question, sizeof question, NULL, 0);
    close(pair[0]);
    CHECK(receive_message(pair[1], &heard, sizeof heard, NULL, NULL) == sizeof heard);
    CHECK(heard.kind == ENDED && heard.status == 7);
    CHECK(receive_message(pair[1], &heard, sizeof heard, NULL, NULL) == 0);
    close(pair[1]);
}

static void hands_descriptors_on(void) {
    int pair[2], pipe_ends[2], descriptors[MAX_DESCRIPTORS], count = 0;
    uint32_t kind = GO;
    make_pair(pair);
    CHECK(pipe(pipe_ends) == 0);
    send_message(pair[0], &kind, sizeof kind, pipe_ends, 2);
    CHECK(receive_message(pair[1], &kind, sizeof kind, descriptors, &count) == sizeof kind && count == 2);
    CHECK(write(descriptors[1], "x", 1) == 1 && read(pipe_ends[0], &kind, 1) == 1);
}

static void refuses_what_is_cut_or_unexpected(void) {
    int pair[2];
    uint64_t large = 0;
    uint32_t small;
    make_pair(pair);
    send_message(pair[0], &large, sizeof large, NULL, 0);
    CHECK_FAULT(receive_message(pair[1], &small, sizeof small, NULL, NULL));
    make_pair(pair);
    send_message(pair[0], &large, sizeof large, pair, 1);
    CHECK_FAULT(receive_message(pair[1], &large, sizeof large, NULL, NULL));
    make_pair(pair);
    send_message(pair[0], &large, 1, NULL, 0);
    CHECK_FAULT(receive_message(pair[1], &large, sizeof large, NULL, NULL));
}

int main(void) {
    gives_what_was_said_before_the_end();
    hands_descriptors_on();
    refuses_what_is_cut_or_unexpected();
    return 0;
}
