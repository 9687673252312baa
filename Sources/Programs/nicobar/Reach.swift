import CommandLine
import Events
import Foundation
import LibPQ
import Licensing
import Operations
import RdKafka
import Settings

/// What the commands reach, by the environment.
enum Reach {
    static let environment = Environment.process

    /// Opens a connection; blocks.
    static func database() throws -> Connection {
        let environment = try environment.readingFiles(prefix: "DATABASE_URL")
        return try Connection(Connection.conninfo(fromEnvironment: environment.variables), applicationName: "nicobar")
    }

    /// A desk for licences, with the master secret; blocks.
    static func desk() throws -> LicenceDesk {
        // The secret first: whether it is there needs no database to say.
        let secret = try MasterSecret(environment)
        return try LicenceDesk(try database(), secret, mode: try mode())
    }

    /// A client for the cluster's topics and groups.
    static func kafka() throws -> Admin { try Admin(kafkaProperties()) }

    static func kafkaProperties() throws -> KafkaProperties {
        let properties = KafkaProperties.fromEnvironment(try environment.readingFiles(prefix: "KAFKA_").variables)
        guard properties["bootstrap.servers"] != nil else {
            throw SettingsError("KAFKA_BOOTSTRAP_SERVERS", "is not set", expected: "the brokers' addresses", example: "localhost:9092")
        }
        return properties
    }

    static func mode() throws -> Mode { try environment.choice("DODO_PAYMENTS_ENVIRONMENT", default: Mode.live) }

    static func contract() throws -> TopicContract { try TopicContract(mode: mode()) }
}

/// Runs blocking work on a thread of its own, for commands that also await.
func offPool<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result { try work() }) }.start()
    }
}
