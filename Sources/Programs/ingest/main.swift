import Glibc
import Ingest
import Lifecycle
import Observability
import Settings

// Reads settings, builds, runs. Everything else is in rooms that tests can enter.
let name = "ingest"
do {
    let environment = Environment.process
    let settings = try IngestSettings(environment)
    let log = Log(
        program: name, level: try environment.choice("LOG_LEVEL", default: Log.Level.info),
        format: try environment.choice("LOG_FORMAT", default: Log.Format.fitting))
    let metrics = Metrics(), health = Health(waitingFor: ["kafka"])
    metrics.observeProcess()
    let running = Handover<IngestService>()
    TerminationSignals.onFirst { _ in running.take { $0.stop() } }
    let observing = try settings.observe.map { try ObserveServer(host: $0.host, port: $0.port, Observatory(metrics: metrics, health: health), log) }
    let service = try IngestService(settings, metrics: metrics, health: health, log: log)
    running.give(service)
    observing?.start()
    let ended = service.run()
    observing?.stop()
    exit(ended ? ProcessEnd.success : ProcessEnd.software)
} catch {
    ProcessEnd.now(error is SettingsError || error is IngestRefusal || error is ObserveServer.Refusal ? ProcessEnd.configuration : ProcessEnd.software, name, "\(error)")
}
