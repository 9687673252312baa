package import Events

/// A worker that reads Dodo's events, by the name it has in the inbox.
package enum Reader: String, Sendable, CaseIterable {
    case billing, fulfilment, licensing

    /// Whether it reads the events of this type.
    package func takes(_ type: EventType) -> Bool {
        switch self {
        case .billing: true
        case .fulfilment: [.payment, .subscription, .refund, .dispute].contains(type.payload)
        case .licensing: [.licenseKey, .entitlementGrant].contains(type.payload)
        }
    }

    /// The topics that its group shares out.
    func topics(_ contract: TopicContract) -> [String] {
        switch self {
        case .billing: contract.topics.map(\.name).filter { $0.hasPrefix("dodo.") }
        case .fulfilment: EventType.allCases.filter(takes).map { contract.topicName(for: $0) }
        case .licensing: EventType.allCases.filter(takes).map { contract.topicName(for: $0) } + contract.topics.map(\.name).filter { $0.hasPrefix("nicobar.entitlement.") }
        }
    }

    /// The consumer group of its processes.
    var group: String { "torture-\(rawValue)" }
}
