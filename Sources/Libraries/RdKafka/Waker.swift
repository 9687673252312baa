import CRdKafka
import Glibc

/// An eventfd: makes one waiting thread come back, from any thread, once for any number of calls.
package final class Waker: Sendable {
    /// Becomes readable when somebody wakes; `clear` takes that back.
    package let descriptor: Int32

    /// Nil when the process has no descriptor left.
    package init?() {
        descriptor = nicobar_eventfd()
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// Wakes whoever waits now, or the next who does.
    package func wake() {
        var one: UInt64 = 1
        _ = unsafe write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// Waits until somebody woke, and takes that back.
    package func wait(milliseconds: Int32) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&entry, 1, milliseconds) > 0 else { return }
        clear()
    }

    /// Takes back what woke, for one who waits for the descriptor among others.
    package func clear() {
        var count: UInt64 = 0
        _ = unsafe read(descriptor, &count, MemoryLayout<UInt64>.size)
    }
}
