import Events
import Foundation
import Surroundings

/// Everything that is tortured: the real servers, the real programs, and the links between them.
struct House: Sendable {
    let postgres: PrivatePostgres
    let kafka: PrivateKafka
    let links: [Way: FaultyLink]
    let keepers: [Victim: Keeper]
    /// As the programs see it: every address is a link's.
    let stack: Stack
    /// Where the oracle reads, past the links.
    let database: String
    let group: String

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
        let group = "torture"
        return House(
            postgres: postgres, kafka: kafka, links: [.senderToIngest: toIngest, .workersToPostgres: toPostgres, .clientsToBroker: toBroker],
            keepers: keepers(stack, ingestPort: ingestPort, group: group), stack: stack, database: postgres.conninfo(), group: group)
    }

    private static func keepers(_ stack: Stack, ingestPort: Int, group: String) -> [Victim: Keeper] {
        let session = ["KAFKA_SESSION_TIMEOUT_MS": "\(Int(Schedule.sessionSeconds * 1000))", "KAFKA_HEARTBEAT_INTERVAL_MS": "500"]
        let ports = (Loopback.freePort(), Loopback.freePort())
        return [
            .ingest: Keeper("ingest") { () throws(SurroundingsError) in
                try stack.launch(program: "ingest", name: "ingest", portVariable: "NICOBAR_LISTEN", port: ingestPort).process
            },
            .firstWorker: Keeper("worker-1") { () throws(SurroundingsError) in
                try stack.launch(
                    program: "billing-worker", name: "worker-1", portVariable: "NICOBAR_OBSERVE_LISTEN", port: ports.0,
                    extra: session.merging(["KAFKA_GROUP_ID": group]) { $1 }).process
            },
            // A static member keeps its lanes while it is away, and a zombie of it is fenced by the broker in another way.
            .secondWorker: Keeper("worker-2") { () throws(SurroundingsError) in
                try stack.launch(
                    program: "billing-worker", name: "worker-2", portVariable: "NICOBAR_OBSERVE_LISTEN", port: ports.1,
                    extra: session.merging(["KAFKA_GROUP_ID": group, "KAFKA_GROUP_INSTANCE_ID": "torture-2"]) { $1 }).process
            },
        ]
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
