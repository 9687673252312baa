import Foundation
import Simulator
import Surroundings
import TestKit

/// What makes an event poison.
enum Poison: CaseIterable {
    /// The worker finds it while reading.
    case unreadable
    /// A key that no index entry of PostgreSQL holds: found there, each batch would have to be taken apart record by record.
    case longKey

    func body(_ number: Int) -> [UInt8] {
        switch self {
        case .unreadable:
            return Array(#"{"business_id":"bus_1","type":"payment.succeeded","timestamp":"2026-11-20T10:00:00Z","data":{"payment_id":\#(number)}}"#.utf8)
        case .longKey:
            var random = SplitMix64(seed: UInt64(number))
            // 3,000 characters and more, of which no compression of PostgreSQL's makes less than the 2,704 bytes of an index entry.
            let key = (0..<250).map { _ in String(random.next(), radix: 36) }.joined()
            return Array(#"{"business_id":"bus_1","type":"payment.succeeded","timestamp":"2026-11-20T10:00:00Z","data":{"payment_id":"\#(key)","subscription_id":"sub_\#(number)"}}"#.utf8)
        }
    }
}

/// Sends poison from several threads.
struct Flood: Sendable {
    let port: Int
    let poison: Poison
    let word: String

    init(_ port: Int, _ poison: Poison, _ word: String) {
        self.port = port
        self.poison = poison
        self.word = word
    }

    /// Comes back when all of it was answered 204.
    func send(_ number: Int) async throws {
        let sign = try Signing.dodo(secret: JourneyStack.secret)
        let endpoint = Endpoint(host: "127.0.0.1", port: UInt16(port), path: "/webhooks/dodo")
        try await withThrowingTaskGroup { group in
            for part in 0..<8 {
                group.addTask { [self] in
                    try await onThread {
                        for index in stride(from: part, to: number, by: 8) {
                            let body = poison.body(index), headers = sign("msg_flood_\(word)_\(index)", Int64(Date().timeIntervalSince1970), body)
                            guard SingleRequest.post(to: endpoint, headers: headers, body: body) == 204 else { throw Refused() }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    struct Refused: Error {}
}

/// The memory of a process as the kernel counts it, in KiB.
struct ResidentMemory {
    let now: Int
    let peak: Int

    init?(of pid: Int32) {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else { return nil }
        func value(_ name: String) -> Int? {
            text.split(separator: "\n").first { $0.hasPrefix(name) }.flatMap { $0.split(separator: " ").dropLast().last }.flatMap { Int($0) }
        }
        guard let now = value("VmRSS:"), let peak = value("VmHWM:") else { return nil }
        self.now = now
        self.peak = peak
    }
}
