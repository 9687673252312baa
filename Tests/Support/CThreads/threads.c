// C11's threads as POSIX ones, under the thread sanitizer only. librdkafka starts its threads with thrd_create, which the sanitizer does not see: a thread that it
// does not know makes it crash at the first malloc there. What is defined in the program comes before the C library's.
#include "threads_of_tests.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

struct beginning {
    thrd_start_t body;
    void *argument;
};

static void *begin(void *given) {
    struct beginning it = *(struct beginning *)given;
    free(given);
    return (void *)(intptr_t)it.body(it.argument);
}

int thrd_create(thrd_t *thread, thrd_start_t body, void *argument) {
    struct beginning *given = malloc(sizeof *given);
    if (!given) return thrd_nomem;
    *given = (struct beginning){body, argument};
    if (pthread_create(thread, NULL, begin, given) == 0) return thrd_success;
    free(given);
    return thrd_error;
}

int thrd_join(thrd_t thread, int *result) {
    void *returned;
    if (pthread_join(thread, &returned) != 0) return thrd_error;
    if (result) *result = (int)(intptr_t)returned;
    return thrd_success;
}
#endif
#endif
