package import Events
import LibCrypto
package import LibPQ

/// What one transaction did.
package struct BatchOutcome: Sendable, Equatable {
    package var applied = 0
    package var refreshed = 0
    package var stale = 0
    package var ignored = 0
    package var duplicates = 0
    package var deadLetters: [String] = []
    /// What the stage noticed; beside the outcomes, and in no sum.
    package var notices: [Notice] = []

    package init() {}
}

/// One batch of one lane in one transaction and one round trip: fence, inbox, state, dead letters, offsets (DESIGN §8). Belongs to one thread.
package final class LaneTransaction {
    private let worker: String
    private let batch: any EventBatch
    private let inbox = InboxRows()
    private let letters = LetterRows()
    private let announcements: String

    /// - Parameter mode: which prefix the topic has on which dead letters are announced.
    package init(_ handler: any EventHandler, mode: Mode = .live) {
        worker = handler.worker
        announcements = Self.announcements(worker, mode)
        batch = handler.makeBatch()
    }

    /// The topic on which a worker's dead letters are announced.
    package static func announcements(_ worker: String, _ mode: Mode) -> String { mode.topicName("nicobar.dead-letter.\(worker)") }

    /// Makes a connection ready to carry transactions of a handler: it knows their statements, and looks rows up instead of reading tables.
    @available(*, noasync, message: "blocks its thread")
    package static func prepare(_ connection: Connection, for handler: any EventHandler) throws(PostgresError) {
        try connection.lookRowsUp()
        for (name, sql) in statements(of: handler) { try connection.prepare(name, sql) }
    }

    private static func statements(of handler: any EventHandler) -> [(name: String, sql: String)] {
        [
            ("worker_advance_lane", "select worker.advance_lane($1::text, $2::integer, $3::bigint, $4::jsonb, $5::bigint)"),
            ("worker_take_lane", "select worker.take_lane($1::text, $2::integer, $3::text)"),
            ("worker_inbox", String(decoding: PackageResources.inbox_sql, as: UTF8.self)),
            (OutboxRows.statement, String(decoding: PackageResources.outbox_sql, as: UTF8.self)),
            ("worker_dead_letters", String(decoding: PackageResources.dead_letters_sql, as: UTF8.self)),
        ] + handler.statements
    }

    /// Takes a lane: from now on whoever had it before can write no more.
    ///
    /// - Returns: the lane's new epoch.
    @available(*, noasync, message: "blocks its thread")
    package static func take(_ connection: Connection, worker: String, lane: Int32, owner: String) throws(PostgresError) -> Int64 {
        try connection.query(prepared: "worker_take_lane", [.text(worker), .int4(lane), .text(owner)]).int64(0, 0) ?? 0
    }

    /// Applies records, in one transaction.
    ///
    /// - Parameters:
    ///   - faults: what is already known to be wrong with records, by their index; they are parked with the others' transaction.
    /// - Throws: `PostgresError`; nothing of the batch is in the database then, unless the connection broke during the commit, and then doing it again is harmless.
    @available(*, noasync, message: "blocks its thread")
    package func run(
        _ records: ArraySlice<Record>, faults: [Int: RecordFault], lane: Int32, epoch: Int64, on connection: Connection
    ) throws(PostgresError) -> BatchOutcome {
        fill(records, faults)
        let head = [
            PipelineStep(sql: "begin"),
            PipelineStep(
                prepared: "worker_advance_lane",
                [.text(worker), .int4(lane), .int8(epoch), .text(Self.offsets(after: records)), .int8(Int64(records.count))]),
            PipelineStep(prepared: "worker_inbox", inbox.parameters(worker)),
        ]
        let state = batch.steps()
        let parked = letters.count == 0 ? [] : [PipelineStep(prepared: "worker_dead_letters", letters.parameters(worker) + [.text(announcements)])]
        let last = parked + [PipelineStep(sql: "commit")]
        let results: [ResultSet]
        if batch.decides {
            results = try connection.pipeline(head + state)
            let conclusions = batch.conclusions(from: results[head.count...])
            do throws(PostgresError) { try connection.pipeline(conclusions + last) } catch {
                // The transaction is open since the first round trip, so this one does not roll it back by itself.
                if connection.isHealthy { try connection.execute("rollback") }
                throw error
            }
        } else {
            results = try connection.pipeline(head + state + last)
        }
        var outcome = BatchOutcome()
        outcome.stale = Int(results[2].int64(0, 2) ?? 0)
        outcome.ignored = Int(results[2].int64(0, 3) ?? 0)
        let new = Int(results[2].int64(0, 0) ?? 0) + outcome.stale + outcome.ignored
        outcome.refreshed = Int(results[2].int64(0, 1) ?? 0)
        for result in results[3..<3 + state.count] { outcome.stale += Int(result.column(named: "stale").flatMap { result.int64(0, $0) } ?? 0) }
        outcome.applied = new - outcome.stale - outcome.ignored
        outcome.deadLetters = letters.reasonsSeen
        outcome.notices = batch.notices
        outcome.duplicates = max(0, records.count - new - outcome.refreshed - letters.count)
        return outcome
    }

    /// Reads the records into columns; those that cannot be read become dead letters.
    private func fill(_ records: ArraySlice<Record>, _ faults: [Int: RecordFault]) {
        batch.reset()
        inbox.reset()
        letters.reset()
        for index in records.indices {
            let record = records[index], identity = EventIdentity(record)
            SHA256.hash(record.body).withBytes { hash in
                let fault = faults[index] ?? add(record, identity, hash)
                inbox.append(record, identity, hash: hash, outcome: fault != nil ? .deadLettered : InboxRows.Outcome(of: batch))
                if let fault { letters.append(record, identity, fault) }
            }
        }
    }

    private func add(_ record: Record, _ identity: EventIdentity, _ hash: UnsafeRawBufferPointer) -> RecordFault? {
        guard let id = identity.webhookId else {
            return RecordFault(reason: "no-webhook-id", detail: "the message has no header ce_id that could be kept; it is known by its place")
        }
        do throws(RecordFault) {
            try batch.add(
                IncomingEvent(
                    webhookId: id, typeName: record.typeName, body: record.body, eventTime: identity.eventTime, attemptTime: identity.attemptTime,
                    bodyHash: hash, unrecognisedReason: record.unrecognisedReason))
            return nil
        } catch { return error }
    }

    /// The next offset of every topic in the batch, as a JSON object; topic names hold nothing that JSON would escape.
    private static func offsets(after records: ArraySlice<Record>) -> String {
        "{" + records.nextOffsets.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    }
}
