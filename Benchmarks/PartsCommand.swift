import CommandLine
import Simulator
import StandardWebhooks

/// `nicobar-bench parts`: the pieces of the hot paths by themselves, on one thread.
let partsCommand = Command(
    "parts", summary: "What verifying one event costs by itself",
    options: [.value("rounds", "R", "rounds; the middle one counts", standard: "7")],
    action: .blocking { asked in
        let rounds = try asked.integer("rounds", in: 1...100) ?? 7
        var stream = DeliveryPlan(seed: 1).deliveries(events: 2000)
        var bodies: [[UInt8]] = []
        while let delivery = stream.next() { bodies.append(delivery.body) }
        let bytes = bodies.reduce(0) { $0 + $1.count } / bodies.count
        Standard.print("\(Conditions.machine)\n\(bodies.count) bodies of \(bytes) bytes on average")
        let secret = try WebhookSecret(parsing: "whsec_bmljb2Jhci1iZW5jaG1hcmstc2VjcmV0LTMyYnl0ZXM=")
        let signer = Signer(secret: secret), verifier = Verifier(secrets: [secret])
        let signatures = bodies.map { signer.sign(id: "msg_benchmark_000000000000", timestamp: 1_767_225_600, body: $0) }
        var table = TextTable("part", "µs an event")
        table.add("verify a signature", try measure(rounds, bodies.count) {
            for index in bodies.indices {
                let outcome = verifier.verify(
                    id: "msg_benchmark_000000000000", timestamp: "1767225600", signature: signatures[index], body: bodies[index], now: 1_767_225_600)
                guard outcome.isValid else { throw CommandFailure("a good signature was refused") }
            }
        })
        Standard.print("\(table)")
        return .success
    })

private func measure(_ rounds: Int, _ count: Int, _ body: () throws -> Void) rethrows -> String {
    var times: [Double] = []
    for _ in 0..<rounds {
        let begun = ContinuousClock.now
        try body()
        let spent = (ContinuousClock.now - begun).components
        times.append((Double(spent.seconds) + Double(spent.attoseconds) / 1e18) / Double(count) * 1e6)
    }
    return decimal(Conditions.median(times), 2)
}
