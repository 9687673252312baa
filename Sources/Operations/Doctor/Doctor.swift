package import Events
package import LibPQ
import RdKafka
package import Settings

/// Looks a deployment over, from settings to dead letters, and says what is wrong. Changes nothing, and stops at nothing.
package struct Doctor: Sendable {
    /// What the stages themselves know of their part; this room knows none of them. Blocks.
    ///
    /// - Parameter database: nil when there is none, or its schema is not the program's.
    package typealias StageChecks = @Sendable (_ database: Connection?) -> [Finding]

    private let environment: Environment
    private let nowMilliseconds: Int64
    private let workers: @Sendable (TopicContract) -> [WorkerGroup]
    private let stages: StageChecks

    /// - Parameters:
    ///   - nowMilliseconds: the present, since 1970.
    ///   - workers: the groups to look at. `KAFKA_GROUP_ID`, where it is set, names the first one's.
    ///   - stages: run last.
    package init(
        _ environment: Environment, nowMilliseconds: Int64, workers: @escaping @Sendable (TopicContract) -> [WorkerGroup] = { _ in [] },
        stages: @escaping StageChecks = { _ in [] }
    ) {
        self.environment = environment
        self.nowMilliseconds = nowMilliseconds
        self.workers = workers
        self.stages = stages
    }

    /// All checks, in the order in which an event passes the parts.
    package func examine() async -> [Finding] {
        var findings = settings()
        let kafka = await self.kafka()
        findings += kafka
        findings += await offPool { self.database() }
        return findings
    }

    // MARK: settings

    private static let secrets = ["DODO_PAYMENTS_WEBHOOK_SECRET", "DODO_PAYMENTS_WEBHOOK_KEY", "DODO_PAYMENTS_API_KEY"]

    private func settings() -> [Finding] {
        var findings: [Finding] = []
        do throws(SettingsError) {
            let mode = try environment.choice("DODO_PAYMENTS_ENVIRONMENT", default: Mode.live)
            findings.append(Finding("mode", .good, "\(mode.rawValue): topics begin with \(mode.topicName("dodo."))"))
        } catch { findings.append(Finding("mode", .failed, "\(error)")) }
        do throws(SettingsError) {
            let source = try environment.secretIfSet("DODO_PAYMENTS_WEBHOOK_SECRET", "DODO_PAYMENTS_WEBHOOK_KEY")
            findings.append(
                source.map { Finding("webhook secret", .good, "given by \($0.variable) (masked)") }
                    ?? Finding("webhook secret", .warning, "not set here; ingest needs DODO_PAYMENTS_WEBHOOK_SECRET"))
        } catch { findings.append(Finding("webhook secret", .failed, "\(error)")) }
        let names = environment.variables.keys.filter { $0.hasPrefix("KAFKA_") || $0.hasPrefix("NICOBAR_") }.sorted()
        let shown = names.map { "\($0)=\(Self.isHarmless($0) ? environment.variables[$0] ?? "" : "***")" }
        if !shown.isEmpty { findings.append(Finding("in force", .good, shown.joined(separator: " "))) }
        return findings
    }

    /// Only what is known to hold no secret is shown: a new property of librdkafka may be a password by any name.
    private static func isHarmless(_ name: String) -> Bool {
        ["KAFKA_BOOTSTRAP_SERVERS", "KAFKA_GROUP_ID", "KAFKA_GROUP_INSTANCE_ID", "KAFKA_SECURITY_PROTOCOL", "KAFKA_SASL_MECHANISM", "KAFKA_HOME"].contains(name)
            || name.hasPrefix("NICOBAR_") && !["SECRET", "KEY", "DATABASE_URL"].contains(where: name.contains)
    }

    // MARK: Kafka

    private func kafka() async -> [Finding] {
        do {
            let properties = KafkaProperties.fromEnvironment(try environment.readingFiles(prefix: "KAFKA_").variables)
            guard properties["bootstrap.servers"] != nil else { return [Finding("kafka", .failed, "KAFKA_BOOTSTRAP_SERVERS is not set")] }
            let admin = try Admin(properties, timeout: .seconds(5))
            let metadata = try await admin.metadata()
            var findings = [Finding("kafka", .good, "\(metadata.brokers.count) brokers answer")]
            let contract = try TopicContract(mode: environment.choice("DODO_PAYMENTS_ENVIRONMENT", default: Mode.live))
            findings += await topics(contract, admin)
            for (index, worker) in workers(contract).enumerated() { findings.append(await running(worker, isFirst: index == 0, properties)) }
            return findings
        } catch { return [Finding("kafka", .failed, "\(error)")] }
    }

    private func topics(_ contract: TopicContract, _ admin: Admin) async -> [Finding] {
        do throws(KafkaError) {
            let (plan, settings) = try await TopicPlan.look(contract, at: admin)
            let sizes = MessageSizes.finding(contract, settings: settings)
            guard let first = plan.changes.first else {
                return [plan.complaints.first.map { Finding("topics", .warning, "\($0)") } ?? Finding("topics", .good, "all \(contract.topics.count) as planned"), sizes]
            }
            return [Finding("topics", .failed, "\(plan.changes.count) differ from the contract (\(first)); run: nicobar topics apply"), sizes]
        } catch { return [Finding("topics", .failed, "cannot be compared: \(error)")] }
    }

    /// For how long an event may wait before somebody should look.
    private static let patienceSeconds = 60

    private func running(_ worker: WorkerGroup, isFirst: Bool, _ properties: KafkaProperties) async -> Finding {
        var worker = worker
        if isFirst { worker.name = environment.text("KAFKA_GROUP_ID", default: worker.name) }
        do throws(KafkaError) {
            let lag = try await Lag.read(worker, properties, nowMilliseconds: nowMilliseconds)
            guard lag.members > 0 else {
                let needed = worker.isNeededOnlyIf.map { "; start one if \($0)" } ?? "; start one"
                return Finding(worker.program, .warning, "no process is in the group \(worker.name), \(lag.events) events wait\(needed)")
            }
            let seconds = lag.seconds.map { Int($0) } ?? 0
            return Finding(
                worker.program, seconds > Self.patienceSeconds ? .warning : .good,
                "\(lag.members) processes in \(worker.name), \(lag.events) events behind, the oldest for \(seconds) s")
        } catch { return Finding(worker.program, .failed, "its lag cannot be read: \(error)") }
    }

    // MARK: PostgreSQL

    private func database() -> [Finding] {
        let connection: Connection
        do {
            connection = try Connection(Connection.conninfo(fromEnvironment: try environment.readingFiles(prefix: "DATABASE_URL").variables), applicationName: "nicobar-doctor")
        } catch { return [Finding("postgresql", .failed, "\(error)"), relay(beside: nil)] + stages(nil) }
        defer { connection.close() }
        var findings: [Finding] = []
        do throws(PostgresError) {
            let version = try connection.query("show server_version").text(0, 0) ?? ""
            findings.append(Finding("postgresql", .good, "version \(version)"))
            findings.append(relay(beside: connection))
            let schema = schema(connection)
            findings.append(schema)
            guard schema.verdict == .good else { return findings + stages(nil) }
            findings.append(try letters(connection))
            return findings + stages(connection)
        } catch { return findings + [Finding("postgresql", .failed, "\(error)")] + stages(nil) }
    }

    private func relay(beside workers: Connection?) -> Finding {
        do throws(SettingsError) { return try RelayCheck(environment).examine(beside: workers) } catch { return Finding("relay", .failed, "\(error)") }
    }

    private func schema(_ connection: Connection) -> Finding {
        do throws(MigrationError) {
            try SchemaVersion.check(connection)
            return Finding("schema", .good, "all \(Migration.all.count) migrations are applied")
        } catch { return Finding("schema", .failed, "\(error)") }
    }

    private func letters(_ connection: Connection) throws(PostgresError) -> Finding {
        let letters = try connection.query("""
            select count(*), coalesce(string_agg(distinct fingerprint, ', '), '') from (
                select fingerprint from worker.dead_letters where state = 'parked' order by last_seen desc limit 10000) parked
            """)
        let count = letters.int64(0, 0) ?? 0
        return count == 0
            ? Finding("dead letters", .good, "none are parked")
            : Finding("dead letters", .warning, "\(count) are parked (\(String((letters.text(0, 1) ?? "").prefix(200)))); look at worker.dead_letters")
    }
}
