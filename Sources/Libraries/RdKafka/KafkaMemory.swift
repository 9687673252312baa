import CRdKafka

/// What becomes of the memory that librdkafka fetches into.
package enum KafkaMemory {
    /// Has freed memory given back to the system, as far as glibc can be told to. To be called before the process has threads.
    ///
    /// Messages come in blocks of megabytes. Unless told otherwise glibc takes the first that is freed as a sign to keep such blocks in its heaps, where whatever
    /// outlives them holds them, and makes a heap for each of librdkafka's threads (mallopt(3): M_MMAP_THRESHOLD, M_ARENA_MAX).
    package static func returnWhenFree() {
        mallopt(M_MMAP_THRESHOLD, 512 << 10)
        mallopt(M_ARENA_MAX, 2)
    }
}
