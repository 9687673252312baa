import CEpoll
import Glibc

/// Which of many sockets can be read or written: epoll(7), level-triggered. What it costs depends on the sockets that are ready, not on those that are watched.
///
/// Belongs to one thread at a time. A socket that is closed is watched no longer, by itself.
@safe package struct Readiness: ~Copyable {
    private let epoll: Int32
    private let tags: UnsafeMutablePointer<UInt64>
    private var found: [Int] = []

    /// nil when the process or the system has no descriptor left (`errno`).
    package init?() {
        epoll = nicobar_epoll_create()
        guard epoll >= 0 else { return nil }
        unsafe tags = .allocate(capacity: Int(NICOBAR_EPOLL_MOST))
        found.reserveCapacity(Int(NICOBAR_EPOLL_MOST))
    }

    deinit {
        close(epoll)
        unsafe tags.deallocate()
    }

    /// Watches a socket, or watches it differently from now on. It counts as ready when it can be read, when its other side has gone or it failed, and with
    /// `writing` also when it can be written.
    ///
    /// - Parameters:
    ///   - descriptor: an open socket.
    ///   - tag: what `wait` names it by, not negative.
    /// - Returns: whether it is watched; not when the system's memory or its limit for watched descriptors is used up (`errno`).
    package mutating func watch(_ descriptor: Int32, tag: Int, writing: Bool) -> Bool {
        nicobar_epoll_watch(epoll, descriptor, writing ? 1 : 0, UInt64(tag)) == 0
    }

    /// Blocks until some are ready, a signal came, or the time is over.
    ///
    /// - Parameter nanoseconds: how long at most, kept to within the thread's timer slack (50 µs); 0 only looks.
    /// - Returns: the tags of those that are ready, 256 at most; the others have their turn in the next call.
    package mutating func wait(nanoseconds: Int64) -> [Int] {
        found.removeAll(keepingCapacity: true)
        let count = unsafe nicobar_epoll_wait(epoll, tags, max(0, nanoseconds))
        for index in 0..<max(0, Int(count)) { unsafe found.append(Int(tags[index])) }
        return found
    }
}
