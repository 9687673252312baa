import CommandLine
import Foundation
import LibPQ
import Surroundings

/// Watches workers empty the topics, through what their transactions say in `worker.progress`.
struct Drain: Sendable {
    struct Report: Sendable {
        /// Events between the first commit that was seen and the last.
        let count: Int
        /// What these events cost everyone.
        let used: Usage
        /// Seconds since 1970 at which the first commit was seen, 10 ms late at most.
        let firstAt: Double
        var rate: Double { Double(count) / used.seconds }
    }

    let ground: Ground
    let worker: String
    /// The processes that work, for their processor time.
    let programs: [RunningProgram]

    /// Microseconds between looks at the table of a few rows: they cost PostgreSQL a percent of a core, which is in `postgres` and not in `backends`.
    private static let interval: useconds_t = 10_000
    /// Longer without any progress is a failure.
    private static let patience = 60.0

    /// How many events the worker's transactions have handled so far, duplicates included.
    @available(*, noasync, message: "blocks its thread")
    static func handled(by worker: String, _ connection: Connection) throws -> Int {
        try Int(connection.query("select coalesce(sum(handled), 0)::bigint from worker.progress where worker = $1::text", [.text(worker)]).int64(0, 0) ?? 0)
    }

    /// Watches until so many more events are handled than at the start.
    ///
    /// - Parameters:
    ///   - base: how many were handled before; the interval begins with the first commit beyond.
    ///   - events: how many more there will be.
    @available(*, noasync, message: "blocks its thread")
    func watch(beyond base: Int, events: Int, _ connection: Connection) throws -> Report {
        var first: (usage: Usage, handled: Int, at: Double)?
        var seen = base, lastNews = Stopwatch.seconds
        while true {
            let handled = try Self.handled(by: worker, connection)
            if handled > seen {
                seen = handled
                lastNews = Stopwatch.seconds
            }
            if handled > base, first == nil {
                let at = Stopwatch.wallSeconds
                first = (try usage(connection), handled, at)
            }
            if let first, handled >= base + events {
                let used = try usage(connection) - first.usage
                guard handled > first.handled else { throw CommandFailure("all events went in one look; take more than \(events)") }
                return Report(count: handled - first.handled, used: used, firstAt: first.at)
            }
            for program in programs where !program.process.isRunning { throw CommandFailure("\(program.process.name) ended:\n\(program.process.tail())") }
            guard Stopwatch.seconds - lastNews < Self.patience else {
                throw CommandFailure("\(handled - base) of \(events) events were applied, and for a minute none has been:\n\(programs.first?.process.tail() ?? "")")
            }
            usleep(Self.interval)
        }
    }

    /// Watches until nothing more has been handled for two seconds, where nobody knows beforehand how much there will be.
    ///
    /// - Parameter base: how many were handled before; the interval begins with the first commit beyond, and ends with the last.
    @available(*, noasync, message: "blocks its thread")
    func watchToTheEnd(beyond base: Int, _ connection: Connection) throws -> Report {
        var first: (usage: Usage, handled: Int, at: Double)?, last: (usage: Usage, handled: Int)?
        var lastNews = Stopwatch.seconds
        while first == nil || Stopwatch.seconds - lastNews < 2 {
            let handled = try Self.handled(by: worker, connection)
            if handled > last?.handled ?? base {
                let now = try usage(connection)
                if first == nil { first = (now, handled, Stopwatch.wallSeconds) }
                last = (now, handled)
                lastNews = Stopwatch.seconds
            }
            for program in programs where !program.process.isRunning { throw CommandFailure("\(program.process.name) ended:\n\(program.process.tail())") }
            guard Stopwatch.seconds - lastNews < Self.patience else { throw CommandFailure("for a minute \(worker) has applied nothing:\n\(programs.first?.process.tail() ?? "")") }
            // Wider than above, as each news is a look at all processes.
            usleep(5 * Self.interval)
        }
        guard let first, let last, last.handled > first.handled else { throw CommandFailure("all events went in one look; take more") }
        return Report(count: last.handled - first.handled, used: last.usage - first.usage, firstAt: first.at)
    }

    @available(*, noasync, message: "blocks its thread")
    private func usage(_ connection: Connection) throws -> Usage {
        let backends = try Usage.backends(of: "nicobar-\(worker)-worker", connection)
        return Usage(ground, programs: programs.map(\.process.pid), backends: backends)
    }
}
