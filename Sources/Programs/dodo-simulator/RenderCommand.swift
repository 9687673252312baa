import CommandLine
import Simulator

let renderCommand = Command(
    "render", summary: "Print deliveries without sending them, one body a line",
    json: true,
    options: [
        .value("events", short: "n", "N", "how many events", standard: "10"),
        .value("type", "TYPE", "only events of this type, such as payment.succeeded"),
    ] + planOptions,
    examples: [
        .init("dodo-simulator render --events 5", "the first five bodies of a story"),
        .init("dodo-simulator render --events 500 --type dispute.won --json", "with id, attempt and time beside each body"),
    ],
    action: .blocking { asked in
        let events = try asked.integer("events", in: 1...1_000_000_000) ?? 0
        let only = asked.text("type")
        for delivery in try plan(from: asked).deliveries(events: events) where only == nil || only == delivery.typeName {
            let body = String(decoding: delivery.body, as: UTF8.self)
            guard asked.wantsJSON else { Standard.print(body); continue }
            // The body is JSON already and goes in as it is.
            Standard.print("{\"webhook_id\":\"\(delivery.webhookId)\",\"attempt\":\(delivery.attempt),\"webhook_timestamp\":\(delivery.attemptTimestamp),\"body\":\(body)}")
        }
        return .success
    })
