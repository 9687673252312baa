import Foundation
import Synchronization

/// Connections that want nothing, and connections that want something so slowly that they never get it. One thread drips for all of them.
final class Crowd: Sendable {
    private let idle: [Int32]
    private let slow: [Int32]
    private let isOver = Atomic<Bool>(false)

    /// How many connections were made.
    var count: Int { idle.count + slow.count }

    /// Connects them all. Blocks.
    init(port: Int, idle: Int, slow: Int) {
        self.idle = (0..<idle).compactMap { _ in Self.connection(port) }
        self.slow = (0..<slow).compactMap { _ in Self.connection(port) }
    }

    /// Begins a request on every slow connection and adds a byte to each, again and again.
    func drip() {
        let head = Array("POST /webhooks/dodo HTTP/1.1\r\nHost: a\r\nX-Slow: ".utf8)
        for socket in slow { _ = head.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)) } }
        Thread { [self] in
            while !isOver.load(ordering: .relaxed) {
                for socket in slow {
                    var byte = UInt8(ascii: "a")
                    _ = send(socket, &byte, 1, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
                }
                Thread.sleep(forTimeInterval: 0.25)
            }
            for socket in idle + slow { close(socket) }
        }.start()
    }

    /// All of them go.
    func leave() { isOver.store(true, ordering: .relaxed) }

    private static func connection(_ port: Int) -> Int32? {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
        }
        guard connected else {
            close(socket)
            return nil
        }
        return socket
    }
}
