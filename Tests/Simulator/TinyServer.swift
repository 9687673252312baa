import Foundation
import Glibc
import Synchronization

/// A loopback HTTP server of a few lines: it answers each request with whatever the test says, a thread for each connection.
final class TinyServer: Sendable {
    struct Request: Sendable {
        let head: String
        let body: [UInt8]
        func header(_ name: String) -> String? {
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name + ": ") }.map { String($0.dropFirst(name.count + 2)) }
        }
    }

    enum Answer: Sendable {
        /// The text of a whole answer; the connection stays open.
        case bytes(String)
        /// An answer, and then the end of the connection.
        case bytesThenClose(String)
        case closeSilently
        case never
    }

    static func status(_ code: Int) -> Answer { .bytes("HTTP/1.1 \(code) X\r\nContent-Length: 2\r\n\r\nok") }

    let port: UInt16
    private let listener: Int32
    private let answer: @Sendable (Int, Request) -> Answer
    private let seen = Mutex<(requests: [Request], open: [Int32], connections: Int)>(([], [], 0))

    var requests: [Request] { seen.withLock { $0.requests } }
    var connections: Int { seen.withLock { $0.connections } }

    /// - Parameter answer: given the number of the request (from 0) and the request.
    init(_ answer: @escaping @Sendable (Int, Request) -> Answer) throws {
        self.answer = answer
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let ready = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard ready else { throw CocoaError(.fileNoSuchFile) }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in
            while true {
                let peer = accept(listener, nil, nil)
                guard peer >= 0 else { return }
                var one: Int32 = 1
                setsockopt(peer, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
                seen.withLock { $0.open.append(peer); $0.connections += 1 }
                Thread.detachNewThread { [self] in serve(peer) }
            }
        }
    }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        // With the lock held, or a number could be closed and belong to a socket of another test by now.
        seen.withLock { for peer in $0.open { shutdown(peer, Int32(SHUT_RDWR)) } }
    }

    private func leave(_ peer: Int32) {
        seen.withLock { $0.open.removeAll { $0 == peer } }
        close(peer)
    }

    private func serve(_ peer: Int32) {
        var bytes: [UInt8] = [], chunk = [UInt8](repeating: 0, count: 65_536)
        let separator = Data("\r\n\r\n".utf8)
        while true {
            while let end = Data(bytes).range(of: separator)?.lowerBound {
                let head = String(decoding: bytes[..<end], as: UTF8.self)
                let length = Request(head: head, body: []).header("content-length").flatMap { Int($0) } ?? 0
                guard bytes.count >= end + 4 + length else { break }
                let request = Request(head: head, body: Array(bytes[(end + 4)..<(end + 4 + length)]))
                bytes.removeFirst(end + 4 + length)
                let number = seen.withLock { $0.requests.append(request); return $0.requests.count - 1 }
                var text = "", closes = false
                switch answer(number, request) {
                case .bytes(let all): text = all
                case .bytesThenClose(let all): (text, closes) = (all, true)
                case .closeSilently: closes = true
                case .never: break
                }
                // In two pieces, as a network may.
                let out = Array(text.utf8)
                for piece in [out.prefix(7), out.dropFirst(7)] where !piece.isEmpty { _ = Array(piece).withUnsafeBytes { send(peer, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) } }
                if closes { shutdown(peer, Int32(SHUT_RDWR)); leave(peer); return }
            }
            let count = recv(peer, &chunk, chunk.count, 0)
            guard count > 0 else { leave(peer); return }
            bytes += chunk[..<count]
        }
    }
}
