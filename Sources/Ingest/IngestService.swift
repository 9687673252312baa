import Events
import Glibc
import HTTPServer
package import Observability
package import RdKafka
package import Settings

/// Why ingest does not start; one line for the person who starts it.
package struct IngestRefusal: Error, Sendable, CustomStringConvertible {
    package let description: String
}

/// The running ingest: one HTTP loop, one producer, one probe.
package final class IngestService: Sendable {
    private let settings: IngestSettings
    private let producer: Producer
    private let handler: Handling
    private let server: HTTPServer
    private let probe: BrokerProbe
    private let health: Health
    private let log: Log

    /// The handler belongs to the loop's thread; here it is only kept.
    private struct Handling: @unchecked Sendable { let handler: IngestHandler }

    /// Builds everything and binds the address; nothing is answered yet.
    ///
    /// When a broker answers within some seconds its topics are checked now, else as soon as it does: an ingest that starts before its broker says 503, and
    /// Dodo comes back.
    ///
    /// - Throws: `IngestRefusal` when a topic is missing or has another number of partitions, a Kafka property is wrong, or the address cannot be had.
    @available(*, noasync, message: "blocks its thread")
    package init(_ settings: IngestSettings, metrics: Metrics, health: Health, log: Log) throws(IngestRefusal) {
        self.settings = settings
        self.health = health
        self.log = log
        let contract: TopicContract
        do throws(TopicContract.Fault) { contract = try TopicContract(mode: settings.mode) } catch { throw IngestRefusal(description: "schemas/topics.json: \(error)") }
        let kafkaLog = log
        let signals = IngestSignals(metrics)
        do throws(KafkaError) {
            producer = try Self.makeProducer(settings, log) { line in
                kafkaLog.debug("librdkafka", [.kafkaFacility: line.facility, .kafkaMessage: line.message])
            }
        } catch { throw IngestRefusal(description: "Kafka: \(error)") }
        probe = BrokerProbe(producer, contract, health, log)
        try Self.checkTopics(producer, contract, log)
        let observatory = settings.observe == nil ? Observatory(metrics: metrics, health: health) : nil
        handler = Handling(handler: try Self.makeHandler(settings, producer, contract, observatory, signals, log))
        do throws(HTTPServerError) {
            let limits = HTTPLimits(
                maxBodyBytes: IngestSettings.maxBodyBytes, maxConnections: settings.maxConnections, idleTimeout: settings.idleTimeout,
                requestTimeout: settings.requestTimeout, gathering: Self.gathering)
            server = try HTTPServer(
                listen: HTTPServer::ListenAddress(host: settings.listen.host, port: settings.listen.port), limits: limits, handler: handler.handler)
        } catch { throw IngestRefusal(description: "\(error)") }
        producer.wakeOnReports(server.wakeDescriptor)
        Self.observe(server, producer, metrics)
    }

    /// Where it really listens.
    package var address: Settings::ListenAddress { Settings::ListenAddress(host: settings.listen.host, port: server.port) }

    /// Answers until `stop`, on the calling thread.
    ///
    /// - Returns: whether everything that was in flight was finished.
    @available(*, noasync, message: "blocks its thread")
    package func run() -> Bool {
        probe.start()
        log.info("listening", [.address: address])
        server.run()
        probe.stop()
        let left = producer.queueLength
        producer.wakeOnReports(-1)
        do throws(KafkaError) { try producer.flush(timeout: .seconds(5)) } catch {
            log.warning("not everything could be written before the end; senders were answered 503 and come back", [.count: left, .error: error])
        }
        producer.close()
        log.info("stopped")
        return handler.handler.isIdle
    }

    /// Stops accepting and lets `run` come back once what is in flight is answered. From any thread.
    package func stop() {
        health.set("draining", ready: false, saying: "stopping: what is in flight is finished")
        server.stop(drainWithin: settings.drainTimeout)
    }

    /// What the promise of DESIGN §6 rests on, whatever the environment says.
    ///
    /// Not idempotent: that would need one request at a time (decision 0006), and a message that is written twice is one event.
    package static let promised: KafkaProperties = ["enable.idempotence": "false", "acks": "all", "request.required.acks": "all"]

    /// librdkafka's settings that were measured; what the environment says comes on top.
    ///
    /// - Parameter packed: whether requests are put together; what that wants of librdkafka `Producer` knows.
    package static func properties(packed: Bool) -> KafkaProperties {
        let alone: KafkaProperties = ["max.in.flight.requests.per.connection": "5", "linger.ms": "0.5", "socket.nagle.disable": "true"]
        return packed ? common : alone.over(common)
    }

    private static let common: KafkaProperties = [
        // Gives a message up before its sender does.
        "message.timeout.ms": "9500", "queue.buffering.max.messages": "100000", "queue.buffering.max.kbytes": "131072",
        "message.max.bytes": "2097152", "statistics.interval.ms": "0", "reconnect.backoff.max.ms": "1000", "client.id": "nicobar-ingest",
    ]

    /// How far apart turns may be under load (docs/performance.md): long enough to share wake-ups, short beside what Kafka takes.
    private static let gathering: Duration = .microseconds(1500)

    private static func makeProducer(_ settings: IngestSettings, _ log: Log, _ lines: @escaping KafkaLogHandler) throws(KafkaError) -> Producer {
        let isPacked = settings.packing == .wherePossible && Producer.canPack(settings.kafka)
        if settings.packing == .wherePossible, !isPacked {
            log.info("Kafka gets a request for each partition: its connection is encrypted or needs a login, so requests cannot be packed")
        }
        return try Producer(promised.over(settings.kafka.over(properties(packed: isPacked))), reports: .loop, packsRequests: isPacked, log: lines)
    }

    private static func makeHandler(
        _ settings: IngestSettings, _ producer: Producer, _ contract: TopicContract, _ observatory: Observatory?, _ signals: IngestSignals, _ log: Log
    ) throws(IngestRefusal) -> IngestHandler {
        do { return try IngestHandler(settings, producer, contract, observatory, signals, log, SignatureCheck(settings.scheme, settings.secret)) } catch {
            throw IngestRefusal(description: "\(error)")
        }
    }

    private static func checkTopics(_ producer: Producer, _ contract: TopicContract, _ log: Log) throws(IngestRefusal) {
        let metadata: ClusterMetadata
        do throws(KafkaError) { metadata = try producer.metadata(timeout: .seconds(3)) } catch {
            return log.warning("no broker answers yet; deliveries are answered 503 until one does", [.error: error])
        }
        if let fault = TopicCheck.fault(in: metadata, contract) { throw IngestRefusal(description: fault.description) }
    }

    private static func observe(_ server: HTTPServer, _ producer: Producer, _ metrics: Metrics) {
        let queue = metrics.gauge("nicobar_ingest_kafka_queue", "Messages in librdkafka's queue.")
        let requests = metrics.gauge("nicobar_ingest_produce_requests_total", "Requests that librdkafka made and that were packed.")
        let packs = metrics.gauge("nicobar_ingest_produce_packs_total", "Requests that brokers were sent for them.")
        metrics.beforeRendering {
            queue.set(producer.queueLength)
            requests.set(producer.packing.requests)
            packs.set(producer.packing.packs)
        }
        metrics.observe(server)
    }
}
