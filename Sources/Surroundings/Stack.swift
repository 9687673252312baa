import Foundation

/// Nicobar's own processes, started as a person would start them: by their names, with environment variables.
package struct Stack: Sendable {
    /// The folder that holds the built programs.
    package let programs: String
    /// What every process is told about the broker.
    package let bootstrapServers: String
    /// The connection string of the database.
    package let database: String
    /// The webhook secret that ingest and the simulator share, with its `whsec_` prefix.
    package let secret: String
    /// Where logs go.
    package let folder: String
    /// What licence keys and signing keys are derived from; of this stack alone.
    package let licenseMasterSecret: String

    /// Describes a stack; nothing is started yet.
    package init(programs: String, bootstrapServers: String, database: String, secret: String, folder: String) {
        self.programs = programs
        self.bootstrapServers = bootstrapServers
        self.database = database
        self.secret = secret
        self.folder = folder
        var random = SystemRandomNumberGenerator()
        licenseMasterSecret = Data((0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }).base64EncodedString()
    }

    /// The environment that all processes share.
    package var environment: [String: String] {
        [
            "KAFKA_BOOTSTRAP_SERVERS": bootstrapServers, "DATABASE_URL": database, "DODO_PAYMENTS_WEBHOOK_SECRET": secret,
            "NICOBAR_LICENSE_MASTER_SECRET": licenseMasterSecret, "LOG_FORMAT": "json",
        ]
    }

    /// Runs `nicobar` (or another program) to its end.
    ///
    /// - Parameters:
    ///   - arguments: the command line.
    ///   - program: which program.
    ///   - extra: environment variables that are added or replaced.
    /// - Returns: exit status and everything it printed.
    /// - Throws: `SurroundingsError` when it cannot be started.
    package func run(
        _ arguments: [String], program: String = "nicobar", extra: [String: String] = [:]
    ) async throws(SurroundingsError) -> (status: Int32, output: String) {
        let scratch = try Scratch("run")
        defer { scratch.remove() }
        let child = try ChildProcess(
            program, program: "\(programs)/\(program)", arguments: arguments,
            environment: environment.merging(extra) { _, new in new }, folder: scratch.path)
        let status = await child.wait()
        return (status, child.output)
    }

    /// Starts ingest and waits until it is ready.
    ///
    /// - Parameters:
    ///   - name: the name of its log.
    ///   - port: where it listens; a free one when nil.
    ///   - extra: environment variables that are added or replaced.
    /// - Returns: the process and its port.
    /// - Throws: `SurroundingsError.notReady` with the end of its log when it ends or stays unready for 30 s.
    package func startIngest(
        _ name: String = "ingest", port: Int? = nil, extra: [String: String] = [:]
    ) async throws(SurroundingsError) -> RunningProgram {
        try await start(program: "ingest", name: name, portVariable: "NICOBAR_LISTEN", port: port, extra: extra)
    }

    /// Starts a worker and waits until it is ready.
    ///
    /// - Parameters:
    ///   - program: such as `billing-worker`.
    ///   - name: the name of its log.
    ///   - port: where its health and metrics are; a free one when nil.
    ///   - extra: environment variables that are added or replaced.
    /// - Returns: the process and the port of its health and metrics.
    /// - Throws: `SurroundingsError.notReady` with the end of its log when it ends or stays unready for 30 s.
    package func startWorker(
        _ program: String = "billing-worker", name: String? = nil, port: Int? = nil, extra: [String: String] = [:]
    ) async throws(SurroundingsError) -> RunningProgram {
        try await start(program: program, name: name ?? program, portVariable: "NICOBAR_OBSERVE_LISTEN", port: port, extra: extra)
    }

    private func start(
        program: String, name: String, portVariable: String, port: Int?, extra: [String: String]
    ) async throws(SurroundingsError) -> RunningProgram {
        let running = try launch(program: program, name: name, portVariable: portVariable, port: port, extra: extra)
        let child = running.process, port = running.port
        let ready = await Loopback.until(.seconds(30)) {
            !child.isRunning || Loopback.request(port: port, path: "/readyz", limit: .seconds(2))?.status == 200
        }
        guard ready, child.isRunning else {
            child.signal(SIGKILL)
            throw .notReady(name, log: child.tail())
        }
        return running
    }

    /// Starts a program and does not wait for it to be ready.
    ///
    /// - Parameters:
    ///   - program: which program.
    ///   - name: the name of its log.
    ///   - portVariable: the environment variable that tells it where its HTTP side is.
    ///   - port: where that is; a free one when nil.
    ///   - extra: environment variables that are added or replaced.
    /// - Throws: `SurroundingsError` when it cannot be started.
    package func launch(
        program: String, name: String, portVariable: String, port: Int? = nil, extra: [String: String] = [:]
    ) throws(SurroundingsError) -> RunningProgram {
        let port = port ?? Loopback.freePort()
        let child = try ChildProcess(
            name, program: "\(programs)/\(program)",
            environment: environment.merging([portVariable: "127.0.0.1:\(port)"]) { _, new in new }.merging(extra) { _, new in new },
            folder: folder)
        return RunningProgram(process: child, port: port)
    }
}

/// A program of ours that became ready.
package struct RunningProgram: Sendable {
    /// The process.
    package let process: ChildProcess
    /// The port of its HTTP side on 127.0.0.1.
    package let port: Int

    /// The value of a metric, summed over its labels; nil when it is not exposed.
    ///
    /// - Parameters:
    ///   - name: the metric's name.
    ///   - label: a text such as `outcome="applied"` that a sample's labels must contain.
    package func metric(_ name: String, label: String? = nil) -> Double? {
        guard let body = Loopback.request(port: port, path: "/metrics", limit: .seconds(2))?.body else { return nil }
        let samples = body.split(separator: "\n").filter {
            ($0.hasPrefix(name + " ") || $0.hasPrefix(name + "{")) && (label.map($0.contains) ?? true)
        }
        return samples.isEmpty ? nil : samples.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
    }
}
