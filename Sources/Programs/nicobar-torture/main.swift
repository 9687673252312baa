import CommandLine
import Foundation
import Torture

let program = Program(
    Command(
        "nicobar-torture", summary: "Kills, freezes and cuts off everything, and looks whether anything was lost",
        discussion: """
        Starts a PostgreSQL with durable settings, a real Apache Kafka from KAFKA_HOME, ingest and two each of billing-worker, fulfilment-worker and
        license-worker, sends what a merchant's customers do (a third of it out of order, a third more than once) through links that misbehave, and hurts
        all of them by a schedule that the seed decides; members that come and go move lanes about every second, and half way another catalogue is put in
        force. Then an oracle compares every row, and everything that was told on the nicobar.* topics, with what the simulator knows, and looks for secrets
        in all that was printed. Ends with status 0 when every promise held, else with 1 and the logs kept. The same seed gives the same schedule and on the
        same day the same story; what the machine makes of them differs a little each time.
        """,
        options: [
            .value("seed", "S", "names schedule and story; one by chance when not given"),
            .value("kills", "N", "how many SIGKILLs; half as many other faults come on top", standard: "200"),
            .value("events", short: "n", "N", "how many events are sent meanwhile; 40000 when no purchases are given"),
            .value("purchases", "N", "how many purchases the story has; renewals, refunds and the rest come on top"),
            .value("seconds", "S", "over how long", standard: "540"),
            .flag("plan", "print the schedule and do nothing"),
        ],
        action: .asynchronous { asked in
            let seed = UInt64(try asked.integer("seed", in: 0...Int.max) ?? Int.random(in: 0...999_999))
            let kills = try asked.integer("kills", in: 0...10_000) ?? 200, purchases = try asked.integer("purchases", in: 10...1_000_000)
            let events = try asked.integer("events", in: 100...2_000_000) ?? (purchases == nil ? 40_000 : .max)
            let seconds = Double(try asked.integer("seconds", in: 1...86_400) ?? 540)
            if asked.flag("plan") {
                for entry in Schedule(seed: seed, kills: kills, seconds: seconds).entries { Standard.print("\(entry.at)\t\(entry.fault)") }
                return .success
            }
            guard let home = ProcessInfo.processInfo.environment["KAFKA_HOME"], !home.isEmpty else {
                throw CommandFailure("KAFKA_HOME is not set, and of a broker that keeps nothing nothing can be claimed", status: .failure)
            }
            let run = TortureRun(
                seed: seed, kills: kills, events: events, purchases: purchases ?? .max, seconds: seconds, programs: Bundle.main.bundlePath, kafkaHome: home, say: { Standard.print($0) })
            let report = try await run.run()
            Standard.print(report.text)
            return report.faults.isEmpty ? .success : .failure
        }),
    version: "0.1",
    explain: { CommandFailure("\($0)", status: .failure) })
exit(await program.run())
