import Foundation
import Simulator
import Synchronization

/// Sends deliveries that are genuine and can never be applied, each until it is answered 2xx: they must all be found as dead letters, byte for byte.
final class Poisoner: Sendable {
    private let endpoint: Endpoint
    private let sign: Sign
    private let isEnding = Atomic<Bool>(false)
    private let accepted = Shared<[String: Poison]>([:])

    init(to endpoint: Endpoint, sign: @escaping Sign) {
        self.endpoint = endpoint
        self.sign = sign
    }

    /// What was answered 2xx, by its id.
    var sent: [String: Poison] { accepted.value }

    /// No further ones; the one under way is seen through.
    func end() { isEnding.store(true, ordering: .relaxed) }

    /// Sends so many a second until `end`. Blocks its thread.
    func run(aSecond rate: Double, limit: Duration) {
        let clock = ContinuousClock(), end = clock.now + limit
        var number = 0
        while !isEnding.load(ordering: .relaxed), clock.now < end {
            number += 1
            let id = "msg_poison_\(number)", poison = Poison(number)
            while clock.now < end {
                let headers = sign(id, Int64(Date().timeIntervalSince1970), poison.body)
                if let status = SingleRequest.post(to: endpoint, headers: headers, body: poison.body, timeoutSeconds: 3), (200..<300).contains(status) {
                    accepted.change { $0[id] = poison }
                    break
                }
                Thread.sleep(forTimeInterval: 0.2)
            }
            Thread.sleep(forTimeInterval: 1 / rate)
        }
    }
}
