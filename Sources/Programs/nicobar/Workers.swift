import Events
import Fulfilment
import Licensing
import Operations

/// The three workers, as lag and doctor look at them.
enum Workers {
    /// - Parameter contract: names the topics.
    /// - Returns: billing-worker's first.
    static func groups(_ contract: TopicContract) -> [WorkerGroup] {
        let dodo = EventType.allCases
        return [
            WorkerGroup("billing-worker", name: "nicobar.billing", topics: dodo.map { contract.topicName(for: $0) } + [contract.unrecognised]),
            WorkerGroup("fulfilment-worker", name: "nicobar.fulfilment", topics: dodo.filter(FulfilmentHandler.consumes).map { contract.topicName(for: $0) }),
            WorkerGroup("license-worker", name: "nicobar.licensing", topics: LicensingHandler.topics(contract), isNeededOnlyIf: "licence keys are sold"),
        ]
    }
}
