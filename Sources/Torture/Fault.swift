/// A process that can be hurt.
package enum Victim: String, Sendable, CaseIterable {
    case ingest
    case firstWorker = "worker-1"
    case secondWorker = "worker-2"
    case firstFulfilment = "fulfilment-1"
    case secondFulfilment = "fulfilment-2"
    case firstLicensing = "licensing-1"
    case secondLicensing = "licensing-2"
    case postgres
    case broker

    /// The six processes that apply events.
    package static let workers: [Victim] = [.firstWorker, .secondWorker, .firstFulfilment, .secondFulfilment, .firstLicensing, .secondLicensing]
}

/// A way between two processes that can be hurt; each is a `FaultyLink`.
package enum Way: String, Sendable, CaseIterable {
    case senderToIngest = "sender→ingest"
    case workersToPostgres = "workers→PostgreSQL"
    case clientsToBroker = "clients→broker"
}

/// One thing that goes wrong.
package enum Fault: Sendable, Equatable, CustomStringConvertible {
    /// SIGKILL; it is started again.
    case kill(Victim)
    /// An orderly end (SIGTERM, for PostgreSQL a fast shutdown), then a start.
    case restart(Victim)
    /// SIGSTOP, and SIGCONT so many seconds later: a zombie that knows nothing of the time between.
    case freeze(Victim, seconds: Double)
    /// Every connection is reset once.
    case cut(Way)
    /// Every connection is reset, and new ones too, for so many seconds.
    case refuse(Way, seconds: Double)
    /// Nothing moves for so many seconds, and nobody is told.
    case stall(Way, seconds: Double)
    /// Requests get through and their answers are thrown away for so many seconds; then everything is reset.
    case swallow(Way, seconds: Double)
    /// Everything takes so many milliseconds longer, for so many seconds.
    case slow(Way, milliseconds: Int, seconds: Double)

    package var isKill: Bool { if case .kill = self { true } else { false } }

    package var victim: Victim? {
        switch self {
        case .kill(let victim), .restart(let victim), .freeze(let victim, _): victim
        default: nil
        }
    }

    package var way: Way? {
        switch self {
        case .kill, .restart, .freeze: nil
        case .cut(let way), .refuse(let way, _), .stall(let way, _), .swallow(let way, _), .slow(let way, _, _): way
        }
    }

    package var description: String {
        switch self {
        case .kill(let victim): "kill \(victim.rawValue)"
        case .restart(let victim): "restart \(victim.rawValue)"
        case .freeze(let victim, let seconds): "freeze \(victim.rawValue) for \(tenths(seconds)) s"
        case .cut(let way): "cut \(way.rawValue)"
        case .refuse(let way, let seconds): "refuse \(way.rawValue) for \(tenths(seconds)) s"
        case .stall(let way, let seconds): "stall \(way.rawValue) for \(tenths(seconds)) s"
        case .swallow(let way, let seconds): "swallow answers on \(way.rawValue) for \(tenths(seconds)) s"
        case .slow(let way, let milliseconds, let seconds): "slow \(way.rawValue) by \(milliseconds) ms for \(tenths(seconds)) s"
        }
    }
}

/// One digit behind the point.
func tenths(_ value: Double) -> String {
    let rounded = Int((value * 10).rounded())
    return "\(rounded / 10).\(rounded % 10)"
}
