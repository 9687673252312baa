import Events
import Foundation
import LibPQ
import Simulator
import Surroundings
import TestKit
import Testing
import Torture

/// The selling part of the fault bench without its links, so that it also runs on the mock cluster: every program, two of each worker, and the same oracles.
@Suite("selling, with workers that are killed", .timeLimit(.minutes(4))) struct SellingTests {
    private let stack: Stack
    private let broker: Broker
    private let seed = UInt64.random(in: 0..<1_000_000)

    init() async throws {
        let contract = try TopicContract(mode: .live)
        // One of its own: what other tests send stands in no truth of this one.
        broker = try await Broker.start()
        try await broker.createTopics(contract.topics.map(\.name), partitions: contract.partitions)
        stack = Stack(
            programs: TortureTests.programs, bootstrapServers: broker.bootstrapServers, database: try await TestDatabase.fresh(),
            secret: "whsec_" + Data("a-canary-of-thirty-two-bytes-for".utf8).base64EncodedString(), folder: try Scratch("selling").path)
    }

    @Test func `every order, entitlement, licence and event is as the facts say, no secret is told, and whatever is spoilt is found`() async throws {
        if case .given = broker { return print("tests: selling is skipped: a given broker holds what others sent") }
        let began = ContinuousClock.now
        try await FlightRecorder(database: stack.database).start()
        let first = try SalesTerms.first(), second = try SalesTerms.second()
        var outputs = Outputs()
        outputs.add(try await apply(first), at: "what nicobar printed")
        let ingest = try await stack.startIngest(extra: ["LOG_LEVEL": "trace"])
        var workers: [String: RunningProgram] = [:]
        try await start(Self.workers, &workers)
        let deliveries = Clientele(seed: seed, today: Int64(Date().timeIntervalSince1970 * 1_000_000))
            .deliveries(DeliveryPlan(seed: seed, duplicates: 0.3, reorder: 0.3), purchases: 260)
        let half = deliveries.count / 2
        try await send(Array(deliveries[..<half]), to: ingest)
        for victim in ["billing-2", "fulfilment-2", "licensing-2"] { workers[victim]?.process.signal(SIGKILL) }
        outputs.add(try await apply(second), at: "what nicobar printed later")
        try await send(Array(deliveries[half...]), to: ingest)
        let poison = try sendPoison(to: ingest)
        try await start(Self.workers.filter { $0.name.hasSuffix("2") }, &workers)

        print("selling: sent after \(ContinuousClock.now - began)")
        var faults = try await Settling(database: stack.database, bootstrapServers: nil) { print("selling: \($0)") }.wait(for: deliveries, poison)
        print("selling: at rest after \(ContinuousClock.now - began)")
        let told = try await ToldEvents.read(bootstrapServers: stack.bootstrapServers)
        faults += try await Oracle(database: stack.database).faults(deliveries, poison: poison, told: told)
        let oracle = try SalesOracle(database: stack.database, licenseSecret: stack.licenseMasterSecret, deliveries: deliveries, terms: second)
        let (found, count) = try await oracle.faults(told)
        faults += found
        print("selling: seed \(seed), \(deliveries.count) deliveries; \(count)")
        #expect(faults.isEmpty, "seed \(seed): \(faults.joined(separator: "\n"))")
        if !faults.isEmpty { for (name, worker) in workers { print("selling: the end of \(name)'s log:\n\(worker.process.tail(8))") } }
        #expect(count.orders > 260 && count.licences > 200 && count.told > count.orders, "\(count)")

        print("selling: compared after \(ContinuousClock.now - began)")
        try await expectSecrecy(Array(workers.values) + [ingest], deliveries, told, outputs)
        for program in [ingest] + workers.values { #expect(await program.process.stop() == 0, "\(program.process.tail())") }
        print("selling: stopped after \(ContinuousClock.now - began)")
        if faults.isEmpty { try await expectThatSpoilingIsFound(oracle, told) }
        if case .kafka(let kafka) = broker { await kafka.remove() }
    }

    private static let workers = ["billing", "fulfilment", "licensing"].flatMap { name in
        [1, 2].map { (name: "\(name)-\($0)", program: name == "licensing" ? "license-worker" : "\(name)-worker", group: "torture-\(name)") }
    }

    /// Starts them side by side.
    private func start(_ programs: [(name: String, program: String, group: String)], _ workers: inout [String: RunningProgram]) async throws {
        let stack = stack
        workers.merge(try await withThrowingTaskGroup(of: (String, RunningProgram).self) { group in
            for one in programs {
                group.addTask {
                    // As short as a real broker takes. The mock cluster elects nobody for three seconds after the first join, and forgets for good whose session ends meanwhile.
                    let extra = ["KAFKA_GROUP_ID": one.group, "LOG_LEVEL": "trace", "KAFKA_SESSION_TIMEOUT_MS": "6000", "KAFKA_HEARTBEAT_INTERVAL_MS": "500"]
                    return (one.name, try await stack.startWorker(one.program, name: one.name, extra: extra))
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }) { $1 }
    }

    private func apply(_ terms: SalesTerms) async throws -> String {
        let folder = try Scratch("catalogue"), path = "\(folder.path)/catalogue.json"
        defer { folder.remove() }
        try terms.text.write(toFile: path, atomically: true, encoding: .utf8)
        let (status, output) = try await stack.run(["catalog", "apply", path])
        #expect(status == 0, "\(output)")
        return output
    }

    private func send(_ deliveries: [Delivery], to ingest: RunningProgram) async throws {
        let endpoint = Endpoint(host: "127.0.0.1", port: UInt16(ingest.port), path: "/webhooks/dodo")
        let report = try await Sender(to: endpoint, SendOptions(connections: 8), sign: Signing.dodo(secret: stack.secret)).send(deliveries)
        #expect(report.accepted == deliveries.count)
    }

    /// One of each cause, twice.
    private func sendPoison(to ingest: RunningProgram) throws -> [String: Poison] {
        let endpoint = Endpoint(host: "127.0.0.1", port: UInt16(ingest.port), path: "/webhooks/dodo"), sign = try Signing.dodo(secret: stack.secret)
        var sent: [String: Poison] = [:]
        for number in 0..<12 {
            let poison = Poison(number), id = "msg_poison_\(number)"
            let status = SingleRequest.post(to: endpoint, headers: sign(id, Int64(Date().timeIntervalSince1970), poison.body), body: poison.body)
            #expect(status == 204, "poison \(number)")
            sent[id] = poison
        }
        return sent
    }

    private func expectSecrecy(_ programs: [RunningProgram], _ deliveries: [Delivery], _ told: ToldEvents, _ outputs: consuming Outputs) async throws {
        for program in programs {
            outputs.add(program.process.output, at: "the log of \(program.process.name)")
            outputs.addPages(port: program.port, of: program.process.name)
        }
        try await outputs.add(told, reasonsIn: stack.database)
        let canaries = Canaries(
            secrets: [("the webhook secret", String(stack.secret.dropFirst(6))), ("the licence secret", stack.licenseMasterSecret)], deliveries: deliveries)
        #expect(outputs.faults(canaries) == [])
    }

    /// Spoils one thing after another in the finished tables, and looks whether the oracle sees each.
    private func expectThatSpoilingIsFound(_ oracle: SalesOracle, _ told: ToldEvents) async throws {
        var before: [String] = []
        for (sql, words) in Self.spoiling {
            try await change(sql)
            let after = try await oracle.faults(told, patience: .zero).faults
            // Nobody sweeps any more, and a deadline may pass just now: what counts is a sentence that was not there before.
            #expect(Set(after).subtracting(before).contains { $0.contains(words) }, "\(sql) was not found as '\(words)', but: \(after)")
            before = after
        }
    }

    private static let spoiling = [
        ("update licensing.licences set lookup_hash = sha256('x') where licence_id = (select min(licence_id) from licensing.licences)", "licences with another key"),
        ("delete from torture.changes c using fulfilment.orders o where o.payment_id = c.id and o.revision = c.revision and o.payment_id = (select min(payment_id) from fulfilment.orders where state <> 'received')", "told although they never happened"),
        ("insert into torture.changes select 'licence', licence_id, revision + 1, state from licensing.licences limit 1", "changes that were never told"),
        ("update licensing.licences set state = 'suspended' where licence_id = (select max(licence_id) from licensing.licences where state = 'active')", "licences are not what the facts say"),
        ("update fulfilment.entitlements set state = 'active', granted_at = now() where entitlement_id = (select min(entitlement_id) from fulfilment.entitlements where state = 'revoked')", "entitlements are not what the facts say"),
        ("delete from fulfilment.orders where payment_id = (select min(payment_id) from fulfilment.orders)", "missing orders"),
        ("delete from licensing.licences where licence_id = (select min(licence_id) from licensing.licences where state = 'active')", "missing licences"),
        ("update fulfilment.order_lines set quantity = quantity + 1 where payment_id = (select max(payment_id) from fulfilment.orders)", "orders are not what the facts say"),
    ]

    private func change(_ sql: String) async throws {
        let database = stack.database
        try await onThread {
            let connection = try Connection(database, applicationName: "spoiler")
            defer { connection.close() }
            try connection.execute(sql)
        }
    }
}
