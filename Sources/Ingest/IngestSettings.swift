package import Events
package import RdKafka
package import Settings

/// What ingest is told at its start (DESIGN §6, §13).
package struct IngestSettings: Sendable {
    /// How deliveries are signed.
    package enum Scheme: String, Sendable, CaseIterable {
        case standardWebhooks = "standard-webhooks"
        /// The weaker form of Dodo's integration guide: no replay window.
        case hexHMAC = "hex-hmac"
    }

    /// Whether produce requests are put together (decision 0008).
    package enum Packing: String, Sendable, CaseIterable {
        /// Unless the connection to Kafka is encrypted or needs a login.
        case wherePossible = "where-possible"
        case never
    }

    package var listen: ListenAddress
    /// Where health and metrics are when not on the main port.
    package var observe: ListenAddress?
    package var scheme: Scheme
    package var secret: SecretSource
    package var mode: Mode
    package var kafka: KafkaProperties
    package var packing: Packing
    /// How long a delivery waits for Kafka before it is answered 503; Dodo itself gives up after 15 s (FACTS 2.3).
    package var publishTimeout: Duration
    /// How long a whole request may take to arrive.
    package var requestTimeout: Duration
    /// How long a connection may be silent between requests.
    package var idleTimeout: Duration
    /// How long SIGTERM waits for what is in flight.
    package var drainTimeout: Duration
    package var maxConnections: Int
    /// How long a delivery may wait to be handed over before that counts as an overload; nil for the usual time. No variable sets it: a test, whose machine may be slow, does.
    var admissionGrace: Duration?

    /// The longest body that is taken, in bytes.
    package static let maxBodyBytes = 1 << 20
    /// Where Dodo delivers to.
    package static let path = "/webhooks/dodo"

    /// - Throws: `SettingsError` for the first variable that is missing or wrong.
    package init(_ environment: Environment) throws(SettingsError) {
        listen = try environment.mainListenAddress(default: ListenAddress(host: "127.0.0.1", port: 8080))
        observe = try environment.listenAddress("NICOBAR_OBSERVE_LISTEN")
        scheme = try environment.choice("NICOBAR_SIGNATURE_SCHEME", default: .standardWebhooks)
        packing = try environment.choice("NICOBAR_PACK_REQUESTS", default: .wherePossible)
        mode = try environment.choice("DODO_PAYMENTS_ENVIRONMENT", default: .live)
        publishTimeout = try environment.duration("NICOBAR_PUBLISH_TIMEOUT", in: .milliseconds(100)...(.seconds(14)), default: .seconds(10))
        requestTimeout = try environment.duration("NICOBAR_REQUEST_TIMEOUT", in: .milliseconds(100)...(.seconds(60)), default: .seconds(10))
        idleTimeout = try environment.duration("NICOBAR_IDLE_TIMEOUT", in: .seconds(1)...(.seconds(600)), default: .seconds(60))
        drainTimeout = try environment.duration("NICOBAR_SHUTDOWN_TIMEOUT", in: .milliseconds(100)...(.seconds(300)), default: .seconds(15))
        maxConnections = try environment.integer("NICOBAR_MAX_CONNECTIONS", in: 1...60_000, default: 1024)
        secret = try environment.secret(
            "DODO_PAYMENTS_WEBHOOK_SECRET", "DODO_PAYMENTS_WEBHOOK_KEY", expected: "the secret of the webhook endpoint as Dodo shows it",
            example: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        kafka = KafkaProperties.fromEnvironment(try environment.readingFiles(prefix: "KAFKA_").variables)
        guard kafka["bootstrap.servers"] != nil else {
            throw SettingsError("KAFKA_BOOTSTRAP_SERVERS", "is not set", expected: "the brokers' addresses", example: "localhost:9092")
        }
        // Made once here so that a wrong secret is told like any other wrong setting.
        _ = try SignatureCheck(scheme, secret)
    }
}
