import Events
import Foundation
import Surroundings

/// Everything that is tortured: the real servers, the real programs, and the links between them.
struct House: Sendable {
    let postgres: PrivatePostgres
    let kafka: PrivateKafka
    let links: [Way: FaultyLink]
    private(set) var keepers: [Victim: Keeper]
    /// As the programs see it: every address is a link's.
    let stack: Stack
    /// Where the oracle reads, past the links.
    let database: String
    /// Where health and metrics of each program are, past the links.
    let pages: [Victim: Int]

    /// Settings without which a killed server could not be asked to have kept anything.
    private static let durable = ["fsync=on", "full_page_writes=on", "synchronous_commit=on", "shared_buffers=64MB", "restart_after_crash=on"]
    private static let quickStart = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"

    /// Starts PostgreSQL and Kafka, brings schema and topics, and describes the programs; none of them is started yet.
    ///
    /// - Parameters:
    ///   - programs: the folder that holds the built programs.
    ///   - kafkaHome: a Kafka distribution.
    /// - Throws: `SurroundingsError` when something does not start.
    static func prepare(programs: String, kafkaHome: String) async throws(SurroundingsError) -> House {
        let toBroker = try FaultyLink(to: 0), toPostgres = try FaultyLink(to: 0)
        let ingestPort = Loopback.freePort()
        let toIngest = try FaultyLink(to: ingestPort)
        let starting = Task { () async throws(SurroundingsError) -> PrivateKafka in
            try await PrivateKafka(
                home: kafkaHome, advertisedPort: toBroker.port, settings: ["group.min.session.timeout.ms=1000"], jvmOptions: quickStart)
        }
        let postgres = try await PrivatePostgres(settings: durable)
        let kafka: PrivateKafka
        do { kafka = try await starting.value } catch { throw error as? SurroundingsError ?? .cannotPrepare("Kafka", reason: "\(error)") }
        toBroker.lead(to: Int(kafka.bootstrapServers.split(separator: ":").last ?? "") ?? 0)
        toPostgres.lead(to: postgres.port)
        let folder = try Scratch("torture").path
        let secret = "whsec_" + Data("a-secret-for-torture-of-32-bytes".utf8).base64EncodedString()
        let stack = Stack(
            programs: programs, bootstrapServers: "127.0.0.1:\(toBroker.port)",
            database: "host=127.0.0.1 port=\(toPostgres.port) user=nicobar dbname=postgres connect_timeout=5", secret: secret, folder: folder)
        for step in [["migrate", "up"], ["topics", "apply"]] {
            let (status, output) = try await stack.run(step)
            guard status == 0 else { throw .notReady("nicobar " + step.joined(separator: " "), log: output) }
        }
        let ports = Dictionary(uniqueKeysWithValues: Victim.workers.map { ($0, Loopback.freePort()) })
        var house = House(
            postgres: postgres, kafka: kafka, links: [.senderToIngest: toIngest, .workersToPostgres: toPostgres, .clientsToBroker: toBroker],
            keepers: [:], stack: stack, database: postgres.conninfo(), pages: ports.merging([.ingest: ingestPort]) { $1 })
        house.keepers = house.makeKeepers(ingestPort: ingestPort)
        return house
    }

    private func makeKeepers(ingestPort: Int) -> [Victim: Keeper] {
        let stack = stack
        let ingest = Keeper("ingest") { () throws(SurroundingsError) in
            try stack.launch(program: "ingest", name: "ingest", portVariable: "NICOBAR_LISTEN", port: ingestPort, extra: ["LOG_LEVEL": "debug"]).process
        }
        var keepers: [Victim: Keeper] = [.ingest: ingest]
        for (victim, program, reader, isStatic) in Self.workers {
            let extra = [
                "KAFKA_SESSION_TIMEOUT_MS": "\(Int(Schedule.sessionSeconds * 1000))", "KAFKA_HEARTBEAT_INTERVAL_MS": "200", "LOG_LEVEL": "debug",
                "KAFKA_GROUP_ID": reader.group,
            ].merging(isStatic ? ["KAFKA_GROUP_INSTANCE_ID": "\(victim.rawValue)"] : [:]) { $1 }
            let port = pages[victim]
            keepers[victim] = Keeper(victim.rawValue) { () throws(SurroundingsError) in
                try stack.launch(program: program, name: victim.rawValue, portVariable: "NICOBAR_OBSERVE_LISTEN", port: port, extra: extra).process
            }
        }
        return keepers
    }

    /// Two of each. The second billing-worker is a static member: it keeps its lanes while it is away, and a zombie of it is fenced by the broker in another way.
    private static let workers: [(Victim, program: String, Reader, isStatic: Bool)] = [
        (.firstWorker, "billing-worker", .billing, false), (.secondWorker, "billing-worker", .billing, true),
        (.firstFulfilment, "fulfilment-worker", .fulfilment, false), (.secondFulfilment, "fulfilment-worker", .fulfilment, false),
        (.firstLicensing, "license-worker", .licensing, false), (.secondLicensing, "license-worker", .licensing, false),
    ]

    /// Puts a catalogue in force, however often that must be tried while everything is being hurt.
    ///
    /// - Returns: what `nicobar catalog apply` printed over all tries.
    func apply(_ terms: SalesTerms, within limit: Duration = .seconds(120)) async throws -> String {
        let folder = try Scratch("catalogue")
        defer { folder.remove() }
        let path = "\(folder.path)/catalogue.json"
        try terms.text.write(toFile: path, atomically: true, encoding: .utf8)
        let clock = ContinuousClock(), end = clock.now + limit
        var printed = ""
        while true {
            let (status, output) = try await stack.run(["catalog", "apply", path])
            printed += output
            if status == 0 { return printed }
            guard clock.now < end else { throw SurroundingsError.notReady("nicobar catalog apply", log: output) }
            try await clock.sleep(for: .milliseconds(500))
        }
    }

    /// Where the sender sends to.
    var ingestPort: Int { links[.senderToIngest]?.port ?? 0 }

    /// Ends the servers and the links, and deletes what they wrote.
    func remove() async {
        await kafka.remove()
        await postgres.remove()
        for link in links.values { link.end() }
        try? FileManager.default.removeItem(atPath: stack.folder)
    }
}
