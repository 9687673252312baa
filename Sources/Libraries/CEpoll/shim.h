#pragma once

#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <time.h>

/* sys/epoll.h is not part of Swift's Glibc, and struct epoll_event is packed. */
static inline int nicobar_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

/* Watches the descriptor from now on, or as now told. */
static inline int nicobar_epoll_watch(int epoll, int descriptor, int writing, uint64_t tag) {
    struct epoll_event event = {.events = EPOLLIN | (writing ? (uint32_t)EPOLLOUT : 0), .data = {.u64 = tag}};
    int result = epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event);
    return result < 0 && errno == ENOENT ? epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) : result;
}

#define NICOBAR_EPOLL_MOST 256
/* Writes at most NICOBAR_EPOLL_MOST tags; answers how many, or -1. A kernel before 5.11 waits in whole milliseconds, rather longer than shorter. */
static inline int nicobar_epoll_wait(int epoll, uint64_t *tags, int64_t nanoseconds) {
    struct epoll_event events[NICOBAR_EPOLL_MOST];
    struct timespec most = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    int count = epoll_pwait2(epoll, events, NICOBAR_EPOLL_MOST, &most, 0);
    if (count < 0 && errno == ENOSYS) count = epoll_wait(epoll, events, NICOBAR_EPOLL_MOST, (int)((nanoseconds + 999999) / 1000000));
    for (int i = 0; i < count; i++) tags[i] = events[i].data.u64;
    return count;
}
