import CMicroHTTP
import Glibc

/// Sockets whose last answer was sent while the client may still be sending. Belongs to the loop's thread.
///
/// Closing such a socket at once makes the kernel send a reset, and a client that gets one may throw away an answer it has not read. So what comes is swallowed
/// until the client closes its side too, for two seconds at most and for a bounded number of sockets (RFC 9112, 9.6).
final class LingeringSockets {
    private static let patience: UInt64 = 2_000_000_000
    private static let most = 128

    private struct Entry {
        let descriptor: Int32
        let until: UInt64
    }
    private let epoll: Int32
    private let tag: (Int32) -> UInt64
    /// In the order of their deadlines.
    private var entries: [Entry] = []

    /// - Parameter tag: what an event on a descriptor of this list carries.
    init(epoll: Int32, tag: @escaping (Int32) -> UInt64) {
        self.epoll = epoll
        self.tag = tag
    }

    deinit { closeAll() }

    /// Keeps the socket open beyond the close that is to come.
    func keep(_ descriptor: Int32, now: UInt64) {
        // The entry of a descriptor outlives it as long as the duplicate does.
        _ = nicobar_http_unwatch(epoll, descriptor)
        if entries.count == Self.most { forget(at: 0) }
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { return }
        shutdown(copy, Int32(SHUT_WR))
        guard nicobar_http_watch(epoll, copy, NICOBAR_HTTP_READABLE, tag(copy)) == 0 else {
            close(copy)
            return
        }
        entries.append(Entry(descriptor: copy, until: now + Self.patience))
    }

    /// Swallows what has come.
    func arrived(_ descriptor: Int32) {
        guard let index = entries.firstIndex(where: { $0.descriptor == descriptor }) else { return }
        // MSG_TRUNC throws the bytes away without a copy (tcp(7)).
        let count = recv(descriptor, nil, 1 << 20, Int32(MSG_TRUNC | MSG_DONTWAIT))
        if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { forget(at: index) }
    }

    var deadline: UInt64? { entries.first?.until }

    func expire(_ now: UInt64) {
        while let first = entries.first, first.until <= now { forget(at: 0) }
    }

    func closeAll() {
        while !entries.isEmpty { forget(at: entries.count - 1) }
    }

    private func forget(at index: Int) { close(entries.remove(at: index).descriptor) }
}
