#ifndef NICOBAR_ALLOCATIONS_H
#define NICOBAR_ALLOCATIONS_H

#include <stdint.h>

/// How many times the calling thread has asked for memory since it began; always 0 in a build with a sanitizer, which has its own allocator.
uint64_t nicobar_allocations(void);

#endif
