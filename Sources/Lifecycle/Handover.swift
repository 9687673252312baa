import Synchronization

/// Brings a value that is still being made to those who wait for it: a signal may come before there is anything to stop. Safe from any thread.
package final class Handover<Value: Sendable>: Sendable {
    private struct State { var value: Value?; var waiting: [@Sendable (Value) -> Void] = [] }
    private let state = Mutex(State())

    package init() {}

    /// The value is there; whoever waited gets it now.
    package func give(_ value: Value) {
        let waiting = state.withLock { state in
            state.value = value
            defer { state.waiting = [] }
            return state.waiting
        }
        for body in waiting { body(value) }
    }

    /// Calls the body with the value, now or when it comes.
    package func take(_ body: @escaping @Sendable (Value) -> Void) {
        let value = state.withLock { state in
            if state.value == nil { state.waiting.append(body) }
            return state.value
        }
        if let value { body(value) }
    }
}
