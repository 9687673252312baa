package import Surroundings

/// The broker that the tests of this process share.
package enum TestBroker {
    /// The broker, started by the first test that asks; it says once which one it is.
    ///
    /// - Throws: `SurroundingsError` when it does not start.
    package static func shared() async throws -> Broker { try await SharedBroker.shared.get() }
}

private actor SharedBroker {
    static let shared = SharedBroker()
    private var starting: Task<Broker, any Error>?

    func get() async throws -> Broker {
        let start = starting ?? Task {
            let broker = try await Broker.start()
            print("tests: Kafka is \(broker.description)")
            return broker
        }
        starting = start
        return try await start.value
    }
}
