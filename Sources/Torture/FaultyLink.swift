import Glibc
package import Surroundings
import Synchronization

/// A TCP way from a port of its own to another port on 127.0.0.1 that can be made to misbehave. One thread a link.
package final class FaultyLink: Sendable {
    /// How the link behaves.
    package enum Behaviour: Sendable, Equatable {
        case pass
        /// Connections are reset, also new ones.
        case refuse
        /// Nothing moves; new connections are not answered.
        case stall
        /// What clients send gets through, what servers answer is thrown away.
        case swallowAnswers
        /// Everything arrives so many milliseconds later.
        case delay(milliseconds: Int)
        /// No more than so many bytes a second go to the server.
        case narrow(bytesPerSecond: Int)
    }

    private struct Control { var behaviour = Behaviour.pass; var cuts = 0; var isEnding = false; var target: Int }

    /// Where clients connect to.
    package let port: Int
    private let listener: Int32
    private let control: Mutex<Control>
    /// Connections that were passed on so far.
    private let carried = Atomic<Int>(0)

    /// Starts listening.
    ///
    /// - Parameter target: the port of the server; it need not listen yet.
    /// - Throws: `SurroundingsError` when no port can be had.
    package init(to target: Int) throws(SurroundingsError) {
        let socket = Self.tcpSocket()
        var address = Self.loopback(0), length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(socket, generic, length) == 0 && listen(socket, 512) == 0 && getsockname(socket, generic, &length) == 0
            }
        }
        guard socket >= 0, bound else { throw .cannotPrepare("a link to port \(target)", reason: String(cString: strerror(errno))) }
        listener = socket
        port = Int(UInt16(bigEndian: address.sin_port))
        control = Mutex(Control(target: target))
        start()
    }

    /// Names the server once its port is known.
    package func lead(to target: Int) { control.withLock { $0.target = target } }

    /// Behaves so from now on.
    package func behave(_ behaviour: Behaviour) { control.withLock { $0.behaviour = behaviour } }

    /// Resets every connection, with whatever is on its way.
    package func cut() { control.withLock { $0.cuts += 1 } }

    /// Ends the link and its thread.
    package func end() { control.withLock { $0.isEnding = true } }

    /// How many connections it has carried.
    package var connections: Int { carried.load(ordering: .relaxed) }

    private func start() {
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, { raw in
            guard let raw else { return nil }
            Unmanaged<FaultyLink>.fromOpaque(raw).takeRetainedValue().run()
            return nil
        }, Unmanaged.passRetained(self).toOpaque())
        precondition(code == 0, "a thread for the link can be had")
        pthread_detach(thread)
    }

    // MARK: the link's thread

    private func run() {
        var pairs: [CarriedConnection] = [], watched: [pollfd] = [], cutsSeen = 0, allowance = 0, lastAllowance = Self.milliseconds()
        defer {
            for pair in pairs { pair.reset() }
            close(listener)
        }
        while true {
            let wanted = control.withLock { $0 }
            if wanted.isEnding { return }
            if wanted.cuts != cutsSeen || wanted.behaviour == .refuse {
                cutsSeen = wanted.cuts
                for pair in pairs { pair.reset() }
            }
            pairs.removeAll { $0.isOver }
            let now = Self.milliseconds()
            watched.removeAll(keepingCapacity: true)
            watched.append(pollfd(fd: wanted.behaviour == .stall ? -1 : listener, events: Int16(POLLIN), revents: 0))
            var pause: Int64 = 20
            if case .narrow(let bytesPerSecond) = wanted.behaviour {
                // What was not used is kept for a tenth of a second only.
                allowance = min(bytesPerSecond / 10, min(bytesPerSecond / 10, allowance) + bytesPerSecond * Int(now - lastAllowance) / 1000)
                pause = 5
            } else { allowance = .max }
            lastAllowance = now
            for pair in pairs {
                let interest = wanted.behaviour == .stall ? (0, 0) : pair.interest(now: now, takesMore: allowance > 0)
                watched.append(pollfd(fd: interest.0 == 0 ? -1 : pair.client, events: interest.0, revents: 0))
                watched.append(pollfd(fd: interest.1 == 0 ? -1 : pair.server, events: interest.1, revents: 0))
                if let due = pair.earliestDue { pause = min(pause, max(1, due - now)) }
            }
            // The pause bounds how late a new behaviour is noticed.
            guard poll(&watched, nfds_t(watched.count), Int32(pause)) >= 0 else { continue }
            // Asked anew: the server may have been named while this waited.
            if watched[0].revents != 0 { accept(into: &pairs, control.withLock { $0 }) }
            let later = Self.milliseconds()
            let delay: Int64 = if case .delay(let milliseconds) = wanted.behaviour { Int64(milliseconds) } else { 0 }
            for index in 0..<(watched.count - 1) / 2 where wanted.behaviour != .stall {
                pairs[index].work(
                    client: watched[1 + 2 * index].revents, server: watched[2 + 2 * index].revents, now: later, delay: delay,
                    losesAnswers: wanted.behaviour == .swallowAnswers, allowance: &allowance)
            }
        }
    }

    private func accept(into pairs: inout [CarriedConnection], _ wanted: Control) {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { return }
            _ = fcntl(client, F_SETFL, O_NONBLOCK)
            _ = fcntl(client, F_SETFD, FD_CLOEXEC)
            let server = wanted.behaviour == .refuse ? -1 : Self.connecting(to: wanted.target)
            guard server >= 0 else {
                CarriedConnection.abort(client)
                continue
            }
            carried.wrappingAdd(1, ordering: .relaxed)
            pairs.append(CarriedConnection(client: client, server: server))
        }
    }

    private static func milliseconds() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }

    private static func tcpSocket() -> Int32 {
        socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }

    private static func connecting(to port: Int) -> Int32 {
        let server = tcpSocket()
        guard server >= 0 else { return -1 }
        var address = loopback(port)
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        if code == 0 || errno == EINPROGRESS { return server }
        close(server)
        return -1
    }
}
