package import Events
import Glibc
import Lifecycle
import Observability
import Operations
import RdKafka
package import Settings
package import Worker

/// The way every worker process goes: read settings, check what it stands on, run, end with a status that says how.
package enum WorkerLaunch {
    /// Which topics a worker consumes, in a mode.
    package typealias Topics = (TopicContract) -> [String]

    /// Runs a worker until it is asked to stop; does not come back.
    ///
    /// - Parameters:
    ///   - program: the program's name, as in its messages.
    ///   - topics: what it consumes.
    ///   - handler: made from the environment, so that a stage can have settings of its own.
    @available(*, noasync, message: "blocks its thread")
    package static func run(_ program: String, topics: Topics, handler: (Environment) throws -> any EventHandler) -> Never {
        KafkaMemory.returnWhenFree()
        do {
            let environment = Environment.process
            let handler = try handler(environment)
            let settings = try WorkerSettings(environment, worker: handler.worker)
            let log = Log(
                program: program, level: try environment.choice("LOG_LEVEL", default: Log.Level.info),
                format: try environment.choice("LOG_FORMAT", default: Log.Format.fitting))
            exit(try run(settings, handler, topics, log, program))
        } catch {
            let isConfiguration = error is SettingsError || error is WorkerRefusal || error is MigrationError || error is ObserveServer.Refusal
            ProcessEnd.now(isConfiguration ? ProcessEnd.configuration : ProcessEnd.software, program, "\(error)")
        }
    }

    private static func run(_ settings: WorkerSettings, _ handler: any EventHandler, _ topics: Topics, _ log: Log, _ program: String) throws -> Int32 {
        let metrics = Metrics(), health = Health(waitingFor: WorkerSignals.parts)
        metrics.observeProcess()
        let signals = WorkerSignals(metrics: metrics, health: health, log: log)
        let worker = WorkerRuntime(settings, handler: handler, signals: signals)
        TerminationSignals.onFirst { _ in worker.stop() }
        let observing = try settings.observe.map { try ObserveServer(host: $0.host, port: $0.port, Observatory(metrics: metrics, health: health), log) }
        observing?.start()
        defer { observing?.stop() }

        let contract = try TopicContract(mode: settings.mode)
        let names = topics(contract)
        let isReady = try worker.checkDatabase { () throws(MigrationError) in
            if case .unreachable(let error) = try SchemaVersion.look(settings.conninfo) { error } else { nil }
        }
        guard isReady, try worker.checkRelay(), try worker.checkTopics(contract, topics: names + [worker.deadLetterTopic]) else { return ProcessEnd.success }
        let end = worker.run { (onRebalance) throws(KafkaError) in
            try KafkaSource(
                settings.kafka, groupId: settings.groupId, instanceId: settings.groupInstanceId, topics: names, log: { signals.kafkaLine($0) },
                onRebalance: onRebalance)
        }
        switch end {
        case .stopped: return ProcessEnd.success
        case .outOfTime: ProcessEnd.now(ProcessEnd.software, program, "a batch was still at work when the time to stop was over; it will be applied again")
        case .failed(let error): ProcessEnd.now(ProcessEnd.software, program, "Kafka's client failed for good: \(error)")
        }
    }
}
