import Foundation

/// What Nicobar's programs stand on: a private PostgreSQL with the schema in it and a broker with the topics on it.
package struct Ground: Sendable {
    package let postgres: PrivatePostgres
    package let broker: Broker
    /// Nicobar's programs, told of both and of a webhook secret of this run alone; none of them is started yet.
    package let stack: Stack

    /// Starts PostgreSQL and the broker side by side, then applies migrations and topics with `nicobar`.
    ///
    /// - Parameters:
    ///   - programs: the folder that holds the built programs.
    ///   - topics: the names of the topics, for a broker that takes no requests to create any.
    ///   - partitions: how many partitions each has.
    ///   - settings: `name=value` lines for PostgreSQL.
    ///   - stands: told of each thing that stands: its name, and a few words about it.
    /// - Throws: `SurroundingsError` when something does not start, with the end of its log.
    package static func prepare(
        programs: String, topics: [String], partitions: Int, settings: [String] = [],
        stands: @Sendable (String, String) -> Void = { _, _ in }
    ) async throws(SurroundingsError) -> Ground {
        let starting = Task { () async throws(SurroundingsError) -> Broker in try await Broker.start() }
        let postgres = try await PrivatePostgres(settings: settings)
        stands("PostgreSQL", "private, 127.0.0.1:\(postgres.port)")
        let broker: Broker
        do { broker = try await starting.value } catch { throw error as? SurroundingsError ?? .cannotPrepare("the broker", reason: "\(error)") }
        stands("broker", broker.description)
        let stack = Stack(
            programs: programs, bootstrapServers: broker.bootstrapServers, database: postgres.conninfo(), secret: secret(),
            folder: try Scratch("logs").path)
        let ground = Ground(postgres: postgres, broker: broker, stack: stack)
        try await ground.step("nicobar migrate up", ["migrate", "up"], stands)
        if broker.takesTopicRequests {
            try await ground.step("nicobar topics apply", ["topics", "apply"], stands)
        } else {
            try await broker.createTopics(topics, partitions: partitions)
            stands("topics", "\(topics.count), made by hand: a mock cluster takes no requests for topics")
        }
        return ground
    }

    /// Ends both servers and deletes what they and the programs wrote.
    package func remove() async {
        await broker.remove()
        await postgres.remove()
        try? FileManager.default.removeItem(atPath: stack.folder)
    }

    private func step(_ name: String, _ arguments: [String], _ stands: @Sendable (String, String) -> Void) async throws(SurroundingsError) {
        let (status, output) = try await stack.run(arguments)
        guard status == 0 else { throw .notReady(name, log: output) }
        stands(name, output.split(separator: "\n").last.map(String.init) ?? "")
    }

    private static func secret() -> String {
        var random = SystemRandomNumberGenerator()
        return "whsec_" + Data((0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }).base64EncodedString()
    }
}
