import Foundation
import Surroundings
import Synchronization

/// Answers every byte with itself; one thread a connection.
final class EchoServer: Sendable {
    let port: Int
    private let listener: Int32
    private let count = Atomic<Int>(0)

    /// How many bytes have come.
    var received: Int { count.load(ordering: .sequentiallyConsistent) }

    init() throws {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) == 0 && listen(socket, 16) == 0 && getsockname(socket, $0, &length) == 0 }
        }
        guard bound else { throw SurroundingsError.cannotPrepare("an echo server", reason: String(cString: strerror(errno))) }
        listener = socket
        port = Int(UInt16(bigEndian: address.sin_port))
        let listener = listener
        Thread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                Thread { self.echo(client) }.start()
            }
        }.start()
    }

    private func echo(_ client: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let got = recv(client, &buffer, buffer.count, 0)
            guard got > 0 else { break }
            count.wrappingAdd(got, ordering: .sequentiallyConsistent)
            var sent = 0
            while sent < got {
                let more = buffer.withUnsafeBytes { send(client, $0.baseAddress.map { $0 + sent }, got - sent, Int32(MSG_NOSIGNAL)) }
                guard more > 0 else { break }
                sent += more
            }
        }
        close(client)
    }
}

extension Loopback {
    /// Sends bytes and reads as many back; nil when the connection ended first. Blocks, ten seconds a step at most.
    static func exchange(port: Int, _ bytes: [UInt8]) -> [UInt8]? {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
        }
        guard connected else { return nil }
        Thread {
            var sent = 0
            while sent < bytes.count {
                let count = bytes.withUnsafeBytes { send(socket, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL)) }
                guard count > 0 else { return }
                sent += count
            }
        }.start()
        var answer: [UInt8] = [], buffer = [UInt8](repeating: 0, count: 65536)
        while answer.count < bytes.count {
            let got = recv(socket, &buffer, buffer.count, 0)
            guard got > 0 else { return nil }
            answer += buffer[..<got]
        }
        return answer
    }
}
