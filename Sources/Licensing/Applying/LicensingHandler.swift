package import Events
package import Settings
package import Worker

/// Keeps schema `licensing`: licences follow their entitlements, and Dodo's own keys stand beside them (DESIGN §9).
package struct LicensingHandler: EventHandler {
    package static let entitlementTopics = ["granted", "changed", "suspended", "revoked"].map { "nicobar.entitlement.\($0)" }

    package let worker = "licensing"
    let keys: KeyDerivation
    let mode: Mode

    /// - Parameter environment: gives the master secret, and live or test mode.
    /// - Throws: `SettingsError` when either is missing or wrong.
    package init(_ environment: Environment) throws(SettingsError) {
        self.init(try MasterSecret(environment), mode: try environment.choice("DODO_PAYMENTS_ENVIRONMENT", default: .live))
    }

    package init(_ secret: MasterSecret, mode: Mode) {
        keys = KeyDerivation(secret)
        self.mode = mode
    }

    /// The topics it consumes, by their full names.
    package static func topics(_ contract: TopicContract) -> [String] {
        entitlementTopics.map { contract.mode.topicName($0) } + EventType.allCases.filter(DodoKeyReader.reads).map { contract.topicName(for: $0) }
    }

    package var statements: [(name: String, sql: String)] { LicensingStatement.allCases.map { ($0.name, $0.sql) } }

    package func makeBatch() -> any EventBatch { LicensingBatch(keys, mode) }
}
