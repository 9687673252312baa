import Glibc

/// A lock, and a way to wait under it until somebody says that something has changed (pthread_cond_wait(3)).
///
/// Deadlines are moments of a clock that only goes forward: setting the system's time neither stretches nor ends a wait.
@safe package final class Condition: @unchecked Sendable {
    // Unchecked Sendable: both are made for use by many threads, and stay where they are.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    package init() {
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe condition.initialize(to: pthread_cond_t())
        unsafe pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Calls the body under the lock; it must not ask for the lock again.
    package func withLock<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// Wakes all who wait.
    package func broadcast() { unsafe pthread_cond_broadcast(condition) }

    /// Gives the lock away until somebody broadcasts, and has it again afterwards. To be called under the lock, and what was waited for to be looked at again.
    ///
    /// - Returns: false when the deadline is over.
    @available(*, noasync, message: "blocks its thread")
    package func wait(until deadline: ContinuousClock.Instant) -> Bool {
        let left = max(.zero, deadline - .now).components
        var end = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &end)
        end.tv_sec += Int(left.seconds)
        end.tv_nsec += Int(left.attoseconds / 1_000_000_000)
        if end.tv_nsec >= 1_000_000_000 {
            end.tv_sec += 1
            end.tv_nsec -= 1_000_000_000
        }
        return unsafe pthread_cond_timedwait(condition, mutex, &end) == 0
    }
}
