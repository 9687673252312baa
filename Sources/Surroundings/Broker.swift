import Foundation
package import RdKafka

/// The broker that a demo, a test or a benchmark runs against, in the order of preference of DESIGN §11.
package enum Broker: Sendable {
    /// Somebody else's, named by `KAFKA_BOOTSTRAP_SERVERS`.
    case given(String)
    /// A real Apache Kafka that we started from `KAFKA_HOME`.
    case kafka(PrivateKafka)
    /// librdkafka's mock cluster inside this process: memory only, no topics by request.
    case mock(MockCluster)

    /// Chooses and, where needed, starts a broker.
    ///
    /// - Parameter environment: where `KAFKA_BOOTSTRAP_SERVERS` and `KAFKA_HOME` are looked up.
    /// - Throws: `SurroundingsError` when the chosen one does not start.
    package static func start(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) async throws(SurroundingsError) -> Broker {
        if let servers = environment["KAFKA_BOOTSTRAP_SERVERS"], !servers.isEmpty { return .given(servers) }
        if let home = environment["KAFKA_HOME"], !home.isEmpty { return .kafka(try await PrivateKafka(home: home)) }
        do { return .mock(try MockCluster(brokers: 1)) } catch {
            throw .cannotPrepare("librdkafka's mock cluster", reason: "\(error)")
        }
    }

    /// What a client is given as `bootstrap.servers`.
    package var bootstrapServers: String {
        switch self {
        case .given(let servers): servers
        case .kafka(let kafka): kafka.bootstrapServers
        case .mock(let cluster): cluster.bootstrapServers
        }
    }

    /// The broker in words, for a reader of test or demo output.
    package var description: String {
        switch self {
        case .given(let servers): "the given broker at \(servers)"
        case .kafka: "a real Apache Kafka from KAFKA_HOME"
        case .mock: "librdkafka's mock cluster (set KAFKA_HOME for a real Kafka)"
        }
    }

    /// Whether it keeps what it is given: a mock cluster does not, so nothing may be claimed from it.
    package var isReal: Bool { if case .mock = self { false } else { true } }

    /// Whether it makes and changes topics on request; the mock cluster makes a topic when somebody asks about it instead.
    package var takesTopicRequests: Bool { if case .mock = self { false } else { true } }

    /// Whether it finds offsets by time; librdkafka 2.0.2's mock cluster answers with the end for every time.
    package var findsOffsetsByTime: Bool { isReal }

    /// Whether a group may be joined again after its last member left; librdkafka 2.0.2's mock cluster leaves such a join unanswered.
    package var takesBackEmptyGroups: Bool { isReal }

    /// Makes the topics that are not there yet.
    ///
    /// - Throws: `SurroundingsError` that names the first one that could not be made.
    package func createTopics(_ names: [String], partitions: Int) async throws(SurroundingsError) {
        let failed: [String: KafkaError]
        if case .mock(let cluster) = self {
            failed = Self.create(names, partitions, on: cluster)
        } else {
            do throws(KafkaError) {
                let admin = try Admin(["bootstrap.servers": bootstrapServers])
                failed = try await admin.createTopics(names.map { NewTopic(name: $0, partitions: partitions, config: ["max.message.bytes": "2097152"]) })
                try await Self.waitForLeaders(of: Set(names), admin)
            } catch {
                throw .cannotPrepare("the topics", reason: "\(error)")
            }
        }
        if let (name, error) = failed.first(where: { !$0.value.isAlreadyThere }) {
            throw .cannotPrepare("the topic \(name)", reason: "\(error)")
        }
    }

    /// A broker answers before all of it knows the topic and before its partitions have leaders.
    private static func waitForLeaders(of names: Set<String>, _ admin: Admin) async throws(KafkaError) {
        let clock = ContinuousClock(), end = clock.now + .seconds(60)
        while clock.now < end {
            let topics = try await admin.metadata().topics.filter { names.contains($0.name) }
            if topics.count == names.count, topics.allSatisfy({ $0.error == nil && $0.partitions.allSatisfy { $0.leader >= 0 } }) { return }
            try? await clock.sleep(for: .milliseconds(20))
        }
    }

    private static func create(_ names: [String], _ partitions: Int, on cluster: MockCluster) -> [String: KafkaError] {
        var failed: [String: KafkaError] = [:]
        for name in names {
            do throws(KafkaError) { try cluster.createTopic(name, partitions: partitions) } catch { failed[name] = error }
        }
        return failed
    }

    /// Whether it is ours to interrupt.
    package var canBeInterrupted: Bool { if case .given = self { false } else { true } }

    /// Takes the broker away as a crash does; what it had acknowledged comes back with `resume`.
    package func interrupt() async throws(SurroundingsError) {
        switch self {
        case .given: throw .cannotPrepare("an outage", reason: "the broker is somebody else's")
        case .kafka(let kafka): await kafka.kill()
        case .mock(let cluster):
            do { try cluster.setBrokerDown() } catch { throw .cannotPrepare("an outage", reason: "\(error)") }
        }
    }

    /// Brings the broker back.
    package func resume() async throws(SurroundingsError) {
        switch self {
        case .given: break
        case .kafka(let kafka): try await kafka.start()
        case .mock(let cluster):
            do { try cluster.setBrokerUp() } catch { throw .cannotPrepare("the end of an outage", reason: "\(error)") }
        }
    }

    /// Stops what we started.
    package func remove() async {
        if case .kafka(let kafka) = self { await kafka.remove() }
    }
}
