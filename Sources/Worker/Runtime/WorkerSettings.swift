package import Events
import LibPQ
package import RdKafka
package import Settings

/// What a worker is told at its start (DESIGN §8, §13).
package struct WorkerSettings: Sendable {
    package var mode: Mode
    package var kafka: KafkaProperties
    package var groupId: String
    /// Makes the worker a static member of its group, for rolling restarts.
    package var groupInstanceId: String?
    package var conninfo: String
    /// The relay's own connection, which must not go through a pooler; nil for a worker that relays nothing.
    package var relayConninfo: String?
    /// Where health and metrics are; nowhere unless set.
    package var observe: ListenAddress?
    /// Connections, which is how many lanes are applied at one time.
    package var connections: Int
    /// Events of one transaction at most.
    package var batchEvents: Int
    /// How long SIGTERM waits for batches at work.
    package var shutdownTimeout: Duration
    /// How long a worker whose lane was taken waits before it takes it back, if it is still its own: longer than a member of the group needs to learn that it is
    /// none any more.
    package var retakeAfter: Duration = .seconds(5)

    /// - Parameter worker: the handler's name.
    /// - Throws: `SettingsError` for the first variable that is missing or wrong.
    package init(_ environment: Environment, worker: String) throws(SettingsError) {
        mode = try environment.choice("DODO_PAYMENTS_ENVIRONMENT", default: .live)
        observe = try environment.listenAddress("NICOBAR_OBSERVE_LISTEN")
        connections = try environment.integer("NICOBAR_WORKER_CONNECTIONS", in: 1...64, default: 2)
        batchEvents = try environment.integer("NICOBAR_WORKER_BATCH_EVENTS", in: 1...5000, default: 2000)
        shutdownTimeout = try environment.duration("NICOBAR_SHUTDOWN_TIMEOUT", in: .milliseconds(100)...(.seconds(300)), default: .seconds(20))
        groupId = environment.text("KAFKA_GROUP_ID", default: "nicobar.\(worker)")
        groupInstanceId = environment.value("KAFKA_GROUP_INSTANCE_ID")
        kafka = KafkaProperties.fromEnvironment(try environment.readingFiles(prefix: "KAFKA_").variables)
        guard kafka["bootstrap.servers"] != nil else {
            throw SettingsError("KAFKA_BOOTSTRAP_SERVERS", "is not set", expected: "the brokers' addresses", example: "localhost:9092")
        }
        conninfo = Connection.conninfo(fromEnvironment: try environment.readingFiles(prefix: "DATABASE_URL").variables)
        guard !conninfo.isEmpty || environment.variables.keys.contains(where: { $0.hasPrefix("PGHOST") || $0 == "PGSERVICE" || $0 == "PGDATABASE" }) else {
            throw SettingsError("DATABASE_URL", "is not set (nor PGHOST and the like)", expected: "where PostgreSQL is", example: "postgresql://nicobar@localhost/nicobar")
        }
        // Locks and LISTEN belong to a session, which a pooler in transaction mode does not keep (docs/decisions/0004).
        relayConninfo = try environment.readingFiles(prefix: "NICOBAR_RELAY_DATABASE_URL").value("NICOBAR_RELAY_DATABASE_URL") ?? conninfo
    }
}
