import CommandLine
import Foundation
import Operations

let lagCommand = Command(
    "lag", summary: "Say how far a worker is behind, in events and seconds; ends with 1 when it is further than --max-seconds",
    json: true,
    options: [
        .value("worker", "PROGRAM", "billing-worker, fulfilment-worker or license-worker", standard: "billing-worker"),
        .value("group", "GROUP", "its consumer group, where KAFKA_GROUP_ID names another than nicobar.billing, nicobar.fulfilment or nicobar.licensing"),
        .value("max-seconds", "SECONDS", "the oldest event that waits may be this old"),
        .flag("all", "show partitions without lag too"),
    ],
    examples: [
        .init("nicobar lag", "billing-worker, topic by topic"),
        .init("nicobar lag --worker license-worker", "another worker, over the topics that it reads"),
        .init("nicobar lag --max-seconds 60 --json", "for a check that calls somebody"),
    ],
    action: .asynchronous { asked in
        let program = asked.text("worker") ?? "billing-worker", groups = Workers.groups(try Reach.contract())
        guard var worker = groups.first(where: { $0.program == program }) else {
            throw CommandFailure("no worker is called \(program); expected one of \(groups.map(\.program).joined(separator: ", "))")
        }
        if let group = asked.text("group") { worker.name = group }
        let lag = try await Lag.read(worker, Reach.kafkaProperties(), nowMilliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        let shown = lag.parts.filter { asked.flag("all") || $0.events > 0 }
        if asked.wantsJSON {
            let parts: [JSONText] = shown.map {
                ["topic": .text($0.topic), "lane": .integer(Int64($0.partition)), "committed": $0.committed.map { .integer($0) } ?? .null,
                 "end": .integer($0.end), "events": .integer($0.events), "seconds": $0.seconds.map { .number($0) } ?? .null]
            }
            let value: JSONText = [
                "group": .text(lag.group), "members": .integer(Int64(lag.members)), "events": .integer(lag.events),
                "seconds": lag.seconds.map { .number($0) } ?? .null, "parts": .array(parts),
            ]
            Standard.print(value.description)
        } else {
            if !shown.isEmpty {
                var table = TextTable("topic", "lane", "committed", "end", "events", "seconds")
                for part in shown {
                    table.add(part.topic, String(part.partition), part.committed.map(String.init) ?? "-", String(part.end), String(part.events),
                              part.seconds.map { String(Int($0)) } ?? "-")
                }
                Standard.print(table.description)
            }
            Standard.print("\(lag.group): \(lag.members) members, \(lag.events) events behind, \(lag.seconds.map { "\(Int($0)) s" } ?? "nothing waits")")
        }
        guard let limit = try asked.number("max-seconds", in: 0...1_000_000_000) else { return .success }
        return (lag.seconds ?? 0) <= limit ? .success : .failure
    })
