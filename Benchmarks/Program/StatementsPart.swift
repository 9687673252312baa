import Billing
import CommandLine
import Figures
import Foundation
import LibPQ
import Simulator
import Surroundings
import Worker

/// The backend's processor time in each of billing's statements: PostgreSQL alone, one connection, one statement after the other in transactions as the worker's.
struct StatementsPart {
    struct Plan: Sendable {
        var events = 50_000
        var rounds = 3
        var batchEvents = BareSQL.batchEvents
    }

    let plan: Plan

    /// Starts PostgreSQL with the benchmarks' settings and measures every round.
    func measure(into run: inout BenchRun) async throws {
        let postgres = try await PrivatePostgres(settings: Bench.postgresSettings)
        do {
            try await measure(postgres, into: &run)
            await postgres.remove()
        } catch {
            await postgres.remove()
            throw error
        }
    }

    private func measure(_ postgres: PrivatePostgres, into run: inout BenchRun) async throws {
        let stack = Stack(
            programs: Bundle.main.bundlePath, bootstrapServers: "127.0.0.1:1", database: postgres.conninfo(), secret: "whsec_", folder: try Scratch("logs").path)
        defer { try? FileManager.default.removeItem(atPath: stack.folder) }
        let (status, output) = try await stack.run(["migrate", "up"])
        guard status == 0 else { throw CommandFailure("nicobar migrate up failed:\n\(output)") }
        for round in 0...plan.rounds {
            let deliveries = Array(DeliveryPlan(seed: 9000 + UInt64(round)).deliveries(events: plan.events))
            let report = try await OwnThread.run { [plan] in try Self.apply(deliveries, batchEvents: plan.batchEvents, postgres.conninfo()) }
            // The first fills caches.
            guard round > 0 else { continue }
            let events = Double(deliveries.count)
            for (name, seconds) in report.seconds.sorted(by: { $0.key < $1.key }) { run.note("statements.\(name)", seconds / events * 1e6, "µs", .ours, .lower) }
            for (name, rows) in report.rows.sorted(by: { $0.key < $1.key }) { run.note("statements.\(name).rows", Double(rows) / events, "", .note, .lower) }
            run.note("statements.all", report.seconds.values.reduce(0, +) / events * 1e6, "µs", .ours, .lower)
        }
    }

    private struct Report: Sendable {
        var seconds: [String: Double] = [:]
        var rows: [String: Int] = [:]
    }

    @available(*, noasync, message: "blocks its thread")
    private static func apply(_ deliveries: [Delivery], batchEvents: Int, _ conninfo: String) throws -> Report {
        var report = Report()
        let connection = try Connection(conninfo, applicationName: "nicobar-bench-sql")
        defer { connection.close() }
        try connection.execute("analyze")
        try connection.execute("checkpoint")
        try LaneTransaction.prepare(connection, for: BillingHandler())
        let batch = PreparedBatch()
        for start in stride(from: 0, to: deliveries.count, by: batchEvents) {
            try batch.fill(deliveries[start..<min(start + batchEvents, deliveries.count)])
            let process = connection.serverProcess
            for step in batch.steps() {
                let begun = ProcessTime.ranSeconds(process)
                try connection.pipeline([step])
                report.seconds[step.statement, default: 0] += ProcessTime.ranSeconds(process) - begun
                if case .array(let column)? = step.parameters.last { report.rows[step.statement, default: 0] += column.count }
            }
        }
        return report
    }
}
