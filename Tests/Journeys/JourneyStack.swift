import Events
import Foundation
import LibPQ
import Simulator
import Surroundings
import TestKit

/// Everything between a delivery and a row, started as processes, with a database and a consumer group of its own.
///
/// The broker and its topics are shared by all journeys, so a worker meets the events of other journeys too: ask by id, never for totals.
struct JourneyStack {
    static let secret = "whsec_" + Data("journey-tests-secret-32-bytes-!!".utf8).base64EncodedString()

    let stack: Stack
    /// A word that no other journey uses: the consumer group, and a part of every id.
    let word: String

    /// Describes a stack on the tests' broker and a fresh migrated database; no process is started yet.
    init(database: String? = nil, bootstrapServers: String? = nil) async throws {
        let servers: String
        if let bootstrapServers { servers = bootstrapServers } else { servers = try await SharedTopics.shared.bootstrapServers() }
        let conninfo: String
        if let database { conninfo = database } else { conninfo = try await TestDatabase.fresh() }
        word = uniqueName("journey")
        stack = Stack(
            programs: Self.programs, bootstrapServers: servers, database: conninfo, secret: Self.secret, folder: try Scratch("journey").path)
    }

    /// Where the programs under test were built: beside the test bundle.
    static var programs: String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return ProcessInfo.processInfo.environment["NICOBAR_PROGRAMS"] ?? root.appendingPathComponent(".build/debug").path
    }

    func startIngest(extra: [String: String] = [:]) async throws -> RunningProgram {
        try await stack.startIngest(uniqueName("ingest"), extra: extra)
    }

    func startWorker(extra: [String: String] = [:]) async throws -> RunningProgram {
        try await stack.startWorker(name: uniqueName("billing-worker"), extra: ["KAFKA_GROUP_ID": word].merging(extra) { $1 })
    }

    /// A customer whom no other journey knows.
    func customer(_ chapters: Chapter...) -> CustomerStory {
        Story.customer(living: chapters, seed: UInt64.random(in: 0 ... .max))
    }

    /// Posts a body under an id, signed as Dodo signs now.
    ///
    /// - Parameter seconds: what `webhook-timestamp` says, since 1970; the present unless given.
    func post(_ id: String, _ body: [UInt8], at seconds: Int64? = nil, to ingest: RunningProgram) throws -> Int? {
        try Self.post(id, signed: body, sent: body, at: seconds, to: ingest)
    }

    /// Posts a body whose signature was made for another one.
    static func post(_ id: String, signed: [UInt8], sent: [UInt8], at seconds: Int64? = nil, to ingest: RunningProgram) throws -> Int? {
        let headers = try Signing.dodo(secret: secret)(id, seconds ?? Int64(Date().timeIntervalSince1970), signed)
        let endpoint = Endpoint(host: "127.0.0.1", port: UInt16(ingest.port), path: "/webhooks/dodo")
        return SingleRequest.post(to: endpoint, headers: headers, body: sent)
    }

    /// Posts the first attempt of an event.
    func post(_ event: StoryEvent, of story: CustomerStory, at seconds: Int64? = nil, to ingest: RunningProgram) throws -> Int? {
        try post(event.webhookId, Delivery(first: event, of: story, .snapshot).body, at: seconds, to: ingest)
    }

    /// Sends deliveries on several connections and says how they were answered.
    func send(_ deliveries: [Delivery], to ingest: RunningProgram, ladder: RetryLadder? = nil) async throws -> SendReport {
        let endpoint = Endpoint(host: "127.0.0.1", port: UInt16(ingest.port), path: "/webhooks/dodo")
        return try await Sender(to: endpoint, SendOptions(connections: 8, ladder: ladder), sign: Signing.dodo(secret: Self.secret)).send(deliveries)
    }

    /// The one value that a query returns, as text; nil when there is no row or it is null.
    func value(_ sql: String, _ parameters: [String] = []) async throws -> String? {
        let database = stack.database
        return try await onThread {
            let connection = try Connection(database, applicationName: "journey")
            defer { connection.close() }
            let rows = try connection.query(sql, parameters.map { .text($0) })
            return rows.rowCount == 0 || rows.isNull(0, 0) ? nil : rows.text(0, 0)
        }
    }

    /// Whether the query's one value becomes the expected text.
    func becomes(_ expected: String, within limit: Duration = .seconds(60), _ sql: String, _ parameters: [String] = []) async throws -> Bool {
        try await eventually(within: limit) { try await value(sql, parameters) == expected }
    }

    /// Waits until the inbox holds as many events. For what is timed: on one connection, and the lanes' progress is asked instead of counting what becomes ever more.
    func holds(_ events: Int, within limit: Duration) async throws -> Bool {
        let database = stack.database
        return try await onThread {
            let connection = try Connection(database, applicationName: "journey")
            defer { connection.close() }
            let end = ContinuousClock.now + limit
            repeat {
                let handled = try connection.query("select coalesce(sum(handled), 0)::bigint from worker.progress").int64(0, 0) ?? 0
                if handled >= events, try connection.query("select count(*) from worker.inbox").int64(0, 0) ?? 0 == events { return true }
                // Nothing tells how far lanes are; what looks more often is itself a part of what is timed.
                Thread.sleep(forTimeInterval: 0.01)
            } while ContinuousClock.now < end
            return false
        }
    }

    /// How many of these events the worker has in its inbox, dead-lettered ones not counted.
    func applied(_ ids: [String]) async throws -> Int {
        let list = "{" + ids.joined(separator: ",") + "}"
        let sql = "select count(*)::text from worker.inbox where worker = 'billing' and outcome <> 'dead-lettered' and webhook_id = any ($1::text[])"
        return Int(try await value(sql, [list]) ?? "") ?? -1
    }

    /// How many dead letters there are of these events.
    func parked(_ ids: [String]) async throws -> Int {
        let list = "{" + ids.joined(separator: ",") + "}"
        return Int(try await value("select count(*)::text from worker.dead_letters where webhook_id = any ($1::text[])", [list]) ?? "") ?? -1
    }
}

/// The shared broker with all topics made, once a test process.
actor SharedTopics {
    static let shared = SharedTopics()
    private var starting: Task<String, any Error>?

    func bootstrapServers() async throws -> String {
        let start = starting ?? Task {
            let broker = try await TestBroker.shared()
            try await prepareTopics(on: broker)
            return broker.bootstrapServers
        }
        starting = start
        return try await start.value
    }
}

/// Makes every topic of the contract.
func prepareTopics(on broker: Broker) async throws {
    let contract = try TopicContract(mode: .live)
    try await broker.createTopics(contract.topics.map(\.name), partitions: contract.partitions)
}
