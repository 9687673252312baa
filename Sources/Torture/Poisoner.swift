import Foundation
import Simulator
import Synchronization

/// Sends deliveries that are genuine and can never be applied, each until it is answered 2xx: they must all be found as dead letters, byte for byte.
final class Poisoner: Sendable {
    private let endpoint: Endpoint
    private let sign: Sign
    private let isEnding = Atomic<Bool>(false)
    private let accepted = Shared<[String: [UInt8]]>([:])

    init(to endpoint: Endpoint, sign: @escaping Sign) {
        self.endpoint = endpoint
        self.sign = sign
    }

    /// The bodies that were answered 2xx, by their ids.
    var sent: [String: [UInt8]] { accepted.value }

    /// No further ones; the one under way is seen through.
    func end() { isEnding.store(true, ordering: .relaxed) }

    /// Sends so many a second until `end`. Blocks its thread.
    func run(aSecond rate: Double, limit: Duration) {
        let clock = ContinuousClock(), end = clock.now + limit
        var number = 0
        while !isEnding.load(ordering: .relaxed), clock.now < end {
            number += 1
            let (id, body) = Self.poison(number)
            while clock.now < end {
                let headers = sign(id, Int64(Date().timeIntervalSince1970), body)
                if let status = SingleRequest.post(to: endpoint, headers: headers, body: body, timeoutSeconds: 3), (200..<300).contains(status) {
                    accepted.change { $0[id] = body }
                    break
                }
                Thread.sleep(forTimeInterval: 0.2)
            }
            Thread.sleep(forTimeInterval: 1 / rate)
        }
    }

    /// Each cause in turn: a field of the wrong type, a type that nobody knows, no JSON, a NUL,
    /// and a value beyond what an index takes, which only PostgreSQL finds.
    private static func poison(_ number: Int) -> (id: String, body: [UInt8]) {
        let id = "msg_poison_\(number)"
        let body = switch number % 5 {
        case 0: #"{"business_id":"bus_1","type":"payment.succeeded","timestamp":"2026-11-20T10:00:00Z","data":{"payment_id":\#(number)}}"#
        case 1: #"{"business_id":"bus_1","type":"customer.abducted","timestamp":"2026-11-20T10:00:00Z","data":{"payment_id":"pay_\#(number)"}}"#
        case 2: "no json at all, number \(number)"
        case 3: #"{"business_id":"bus_1","type":"subscription.active","timestamp":"2026-11-20T10:00:00Z","data":{"subscription_id":"sub_\u0000\#(number)"}}"#
        default: #"{"business_id":"bus_1","type":"payment.succeeded","timestamp":"2026-11-20T10:00:00Z","data":{"payment_id":"pay_\#(number)","customer":{"customer_id":"cus_\#(number)"},"subscription_id":"\#(incompressible(number))"}}"#
        }
        return (id, Array(body.utf8))
    }

    /// Nine thousand characters that no compression brings below the 2704 bytes of an index entry.
    private static func incompressible(_ number: Int) -> String {
        var random = SplitMix64(seed: UInt64(number))
        return (0..<600).map { _ in String(random.next(), radix: 36) }.joined()
    }
}
