import Synchronization

/// The measures of one process, rendered in the Prometheus text format 0.0.4.
///
/// Made once in a program and handed down. Safe from any thread; rendering takes a lock that measuring does not.
package final class Metrics: Sendable {
    /// A label's name and value; values must come from a small fixed set.
    package typealias Label = (name: String, value: String)

    enum Kind: String { case counter, gauge, histogram }

    struct Series: Sendable {
        let labels: String
        let render: @Sendable (_ name: String, _ labels: String, _ text: inout String) -> Void
    }

    struct Family: Sendable {
        let help: String
        let kind: Kind
        var series: [Series] = []
        var instruments: [any Sendable] = []
    }

    private struct State: Sendable {
        var families: [String: Family] = [:]
        var order: [String] = []
        var beforeRendering: [@Sendable () -> Void] = []
    }
    private let state = Mutex(State())

    package init() {}

    /// A measure that only grows. The same name and labels give the same counter again.
    package func counter(_ name: String, _ help: String, labels: [Label] = []) -> Counter {
        instrument(name, help, .counter, labels, Counter()) { counter, name, labels, text in
            text += "\(name)\(labels) \(counter.value)\n"
        }
    }

    /// A measure that goes up and down. The same name and labels give the same gauge again.
    package func gauge(_ name: String, _ help: String, labels: [Label] = []) -> Gauge {
        instrument(name, help, .gauge, labels, Gauge()) { gauge, name, labels, text in
            text += "\(name)\(labels) \(number(gauge.value))\n"
        }
    }

    /// A measure whose distribution counts.
    ///
    /// - Parameter buckets: upper bounds, rising; one without a bound is added.
    package func histogram(_ name: String, _ help: String, buckets: [Double], labels: [Label] = []) -> Histogram {
        instrument(name, help, .histogram, labels, Histogram(bounds: buckets)) { $0.render($1, $2, &$3) }
    }

    /// Calls the body before each rendering, for measures that are only worth knowing when somebody asks.
    package func beforeRendering(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.beforeRendering.append(body) } }

    /// Everything, in the order in which it was registered.
    package func render() -> String {
        for body in state.withLock({ $0.beforeRendering }) { body() }
        let (order, families) = state.withLock { ($0.order, $0.families) }
        var text = ""
        for name in order {
            guard let family = families[name] else { continue }
            text += "# HELP \(name) \(family.help)\n# TYPE \(name) \(family.kind.rawValue)\n"
            for series in family.series { series.render(name, series.labels, &text) }
        }
        return text
    }

    private func instrument<Instrument: Sendable>(
        _ name: String, _ help: String, _ kind: Kind, _ labels: [Label], _ new: @autoclosure () -> Instrument,
        render: @escaping @Sendable (Instrument, String, String, inout String) -> Void
    ) -> Instrument {
        let rendered = Self.rendered(labels)
        return state.withLock { state in
            if state.families[name] == nil {
                state.families[name] = Family(help: help, kind: kind)
                state.order.append(name)
            }
            let index = state.families[name]?.series.firstIndex { $0.labels == rendered }
            if let index, let known = state.families[name]?.instruments[index] {
                guard let known = known as? Instrument else { preconditionFailure("\(name) is registered as another kind") }
                return known
            }
            precondition(state.families[name]?.kind == kind, "\(name) is registered as another kind")
            let made = new()
            state.families[name]?.series.append(Series(labels: rendered) { render(made, $0, $1, &$2) })
            state.families[name]?.instruments.append(made)
            return made
        }
    }

    private static func rendered(_ labels: [Label]) -> String {
        guard !labels.isEmpty else { return "" }
        let pairs = labels.map { label in
            let value = label.value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            return "\(label.name)=\"\(value)\""
        }
        return "{" + pairs.joined(separator: ",") + "}"
    }
}

/// A number as Prometheus reads it: whole ones without a fraction.
func number(_ value: Double) -> String {
    if value == .infinity { return "+Inf" }
    if let whole = Int64(exactly: value) { return String(whole) }
    return String(value)
}
