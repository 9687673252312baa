import CommandLine
import Events
import Foundation
import LibPQ
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
