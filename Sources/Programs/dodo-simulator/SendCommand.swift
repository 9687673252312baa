import CommandLine
import Simulator

let sendCommand = Command(
    "send", summary: "Send signed deliveries to an address and say how they were answered",
    discussion: """
    The signing secret is read from DODO_PAYMENTS_WEBHOOK_SECRET or DODO_PAYMENTS_WEBHOOK_KEY, or from a file named by either with _FILE added.
    Without --rate a connection sends its next delivery as soon as it is answered; with it, deliveries are due on a fixed schedule and their
    latency counts from the moment they were due. Ends with status 0 if every delivery was accepted in the end, else with 1.
    """,
    json: true,
    options: [
        .value("to", "URL", "where to send, such as http://127.0.0.1:8080/webhooks/dodo", required: true),
        .value("events", short: "n", "N", "how many events (each is one webhook-id)", standard: "1000"),
        .value("connections", short: "c", "C", "keep-alive connections", standard: "16"),
        .value("rate", "R", "deliveries a second on a fixed schedule"),
        .value("speed", "F", "retry what was refused on Dodo's ladder (5 s, 5 min, 30 min, ...), F times faster"),
        .value("timeout", "SECONDS", "an answer later than this is a failure", standard: "15"),
    ] + planOptions,
    examples: [
        .init("dodo-simulator send --to http://127.0.0.1:8080/webhooks/dodo --events 10000 --connections 64", "as many as the receiver takes"),
        .init("dodo-simulator send --to http://127.0.0.1:8080/webhooks/dodo --rate 500 --duplicates 10% --reorder 20% --semantics newest",
              "half a thousand a second, badly behaved"),
        .init("dodo-simulator send --to http://127.0.0.1:8080/webhooks/dodo --speed 1000", "with retries, 5 s shortened to 5 ms"),
    ],
    action: .asynchronous { asked in
        let endpoint: Endpoint
        do throws(Endpoint.Fault) { endpoint = try Endpoint(url: asked.text("to") ?? "") } catch { throw UsageFault("--to: \(error)") }
        var options = SendOptions()
        options.connections = try asked.integer("connections", in: 1...10_000) ?? options.connections
        options.rate = try asked.number("rate", in: 0.001...1_000_000)
        options.timeoutSeconds = try asked.number("timeout", in: 0.001...3600) ?? options.timeoutSeconds
        options.ladder = try asked.number("speed", in: 0.001...1_000_000_000).map { RetryLadder(speed: $0) }
        let events = try asked.integer("events", in: 1...1_000_000_000) ?? 0
        let plan = try plan(from: asked)
        let sign: Sign
        let secret = try signingSecret()
        do throws(Signing.Fault) { sign = try Signing.dodo(secret: secret) } catch {
            throw CommandFailure("\(error)", status: .configuration)
        }
        let report: SendReport
        do { report = try await Sender(to: endpoint, options, sign: sign).send(plan.deliveries(events: events)) } catch {
            throw CommandFailure("\(error)", status: .unavailable)
        }
        Standard.print(asked.wantsJSON ? json(report, events: events, seed: plan.seed) : text(report, events: events, seed: plan.seed))
        return report.everythingArrived ? .success : .failure
    })

private func text(_ report: SendReport, events: Int, seed: UInt64) -> String {
    let latency = report.latency
    var lines = [
        "\(report.accepted) of \(report.attempts) deliveries of \(events) events accepted in \(rounded(report.seconds)) s (\(Int(report.rate)) a second), seed \(seed)",
        "latency ms: p50 \(rounded(latency.milliseconds(percentile: 0.5)))  p90 \(rounded(latency.milliseconds(percentile: 0.9)))"
            + "  p99 \(rounded(latency.milliseconds(percentile: 0.99)))  p99.9 \(rounded(latency.milliseconds(percentile: 0.999)))  max \(rounded(latency.maximumMilliseconds))",
    ]
    for (status, count) in report.refused.sorted(by: { $0.key < $1.key }) { lines.append("refused with \(status): \(count)") }
    for (what, count) in [("not reached", report.unreachable), ("no answer in time", report.timedOut), ("answered with no HTTP", report.malformed),
                          ("retried", report.retries), ("given up", report.givenUp)] where count > 0 {
        lines.append("\(what): \(count)")
    }
    return lines.joined(separator: "\n")
}

private func json(_ report: SendReport, events: Int, seed: UInt64) -> String {
    let latency = report.latency
    let value: JSONText = [
        "seed": .text(String(seed)), "events": .integer(Int64(events)), "deliveries": .integer(Int64(report.attempts)), "accepted": .integer(Int64(report.accepted)),
        "statuses": .object(report.statuses.sorted { $0.key < $1.key }.map { (String($0.key), .integer(Int64($0.value))) }),
        "unreachable": .integer(Int64(report.unreachable)), "timed_out": .integer(Int64(report.timedOut)), "malformed": .integer(Int64(report.malformed)),
        "retries": .integer(Int64(report.retries)), "given_up": .integer(Int64(report.givenUp)), "body_bytes": .integer(Int64(report.bodyBytes)),
        "seconds": .number(report.seconds), "rate_per_second": .number(report.rate),
        "latency_ms": ["mean": .number(latency.meanMilliseconds), "p50": .number(latency.milliseconds(percentile: 0.5)),
                       "p90": .number(latency.milliseconds(percentile: 0.9)), "p99": .number(latency.milliseconds(percentile: 0.99)),
                       "p999": .number(latency.milliseconds(percentile: 0.999)), "max": .number(latency.maximumMilliseconds)],
    ]
    return value.description
}

private func rounded(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
}
