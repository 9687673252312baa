import Foundation
import Synchronization

/// A real Apache Kafka of our own (KRaft, one broker that is its own controller) in a throw-away folder, on loopback only.
package final class PrivateKafka: Sendable {
    /// What a client is given as `bootstrap.servers`.
    package let bootstrapServers: String
    private let port: Int
    private let home: String
    private let folder: Scratch
    private let jvmOptions: String?
    private let broker: Mutex<ChildProcess?> = Mutex(nil)

    /// Formats a log folder and starts the broker.
    ///
    /// - Parameters:
    ///   - home: the folder of a Kafka distribution, with `bin/kafka-storage.sh` and `bin/kafka-server-start.sh`.
    ///   - advertisedPort: the port on 127.0.0.1 that clients are told to use, for something that stands in between; its own when nil.
    ///   - settings: `name=value` lines on top of ours.
    ///   - jvmOptions: what `KAFKA_JVM_PERFORMANCE_OPTS` is set to; Kafka's own choice when nil.
    /// - Throws: `SurroundingsError` when there is no such distribution or no Java, or the broker does not start.
    package init(
        home: String, advertisedPort: Int? = nil, settings: [String] = [], jvmOptions: String? = nil
    ) async throws(SurroundingsError) {
        let start = "\(home)/bin/kafka-server-start.sh"
        guard FileManager.default.isExecutableFile(atPath: start) else {
            throw .missing("\(start)", install: "point KAFKA_HOME at an unpacked Apache Kafka")
        }
        self.home = home
        self.jvmOptions = jvmOptions
        folder = try Scratch("kafka")
        port = Loopback.freePort()
        bootstrapServers = "127.0.0.1:\(port)"
        let properties = """
            process.roles=broker,controller
            node.id=1
            controller.quorum.voters=1@127.0.0.1:\(Loopback.freePort())
            controller.listener.names=CONTROLLER
            listeners=PLAINTEXT://127.0.0.1:\(port),CONTROLLER://127.0.0.1:CONTROLLERPORT
            advertised.listeners=PLAINTEXT://127.0.0.1:\(advertisedPort ?? port)
            listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
            log.dirs=\(folder.path)/data
            num.partitions=4
            auto.create.topics.enable=false
            offsets.topic.replication.factor=1
            offsets.topic.num.partitions=4
            transaction.state.log.replication.factor=1
            transaction.state.log.min.isr=1
            transaction.state.log.num.partitions=4
            group.initial.rebalance.delay.ms=0
            num.network.threads=2
            num.io.threads=4
            log.cleaner.dedupe.buffer.size=16777216
            """ + settings.map { "\n" + $0 }.joined()
        let file = "\(folder.path)/server.properties"
        let controllerPort = properties.firstMatch(of: /voters=1@127\.0\.0\.1:(\d+)/).map { String($0.1) } ?? ""
        do {
            try properties.replacing("CONTROLLERPORT", with: controllerPort).write(toFile: file, atomically: true, encoding: .utf8)
        } catch {
            throw .cannotPrepare("Kafka's settings", reason: "\(file) cannot be written")
        }
        let format = try ChildProcess(
            "kafka-storage", program: "\(home)/bin/kafka-storage.sh",
            arguments: ["format", "-t", Self.clusterId(), "-c", file], environment: ["LOG_DIR": folder.path], folder: folder.path)
        guard await format.wait() == 0 else { throw .notReady("kafka-storage.sh format", log: format.tail()) }
        try await self.start()
    }

    /// Starts the broker again after `stop` or `kill`, with its data.
    package func start() async throws(SurroundingsError) {
        try? Data().write(to: URL(fileURLWithPath: "\(folder.path)/kafka.log"))
        let child = try ChildProcess(
            "kafka", program: "\(home)/bin/kafka-server-start.sh", arguments: ["\(folder.path)/server.properties"],
            environment: ["LOG_DIR": folder.path, "KAFKA_HEAP_OPTS": "-Xms256m -Xmx512m"]
                .merging(jvmOptions.map { ["KAFKA_JVM_PERFORMANCE_OPTS": $0] } ?? [:]) { $1 },
            folder: folder.path)
        broker.withLock { $0 = child }
        let port = port
        let ready = await Loopback.until(.seconds(60)) {
            !child.isRunning || (Loopback.answers(port: port) && child.output.contains("Kafka Server started"))
        }
        guard ready, child.isRunning else { throw .notReady("Kafka", log: child.tail()) }
    }

    /// Ends the broker in good order.
    package func stop() async { await broker.withLock { $0 }?.stop() }

    /// Ends the broker with SIGKILL: what a crash leaves.
    package func kill() async {
        guard let child = broker.withLock({ $0 }) else { return }
        child.signal(SIGKILL)
        await child.wait()
    }

    /// Sends the broker a signal, such as SIGSTOP and later SIGCONT.
    package func signal(_ number: Int32) { broker.withLock { $0 }?.signal(number) }

    /// Stops the broker and deletes all it wrote.
    package func remove() async {
        await kill()
        folder.remove()
    }

    /// The process id of the running broker, for measurements of its CPU time.
    package var pid: Int32? { broker.withLock { $0?.pid } }

    /// A cluster id in Kafka's form: sixteen random bytes in URL-safe base64 without padding.
    private static func clusterId() -> String {
        // Kafka reserves ids that begin with a dash; a fixed first letter keeps clear of them.
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        return "N" + String((0..<20).map { _ in alphabet.randomElement() ?? "a" }) + "A"
    }
}
