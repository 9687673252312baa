/// Dodo's two worlds, whose data never meet; the mode picks the topics' prefix (DESIGN §7, §13).
package enum Mode: String, CaseIterable, Sendable {
    case live = "live_mode"
    case test = "test_mode"

    /// The name of a topic in this mode: `dodo.payment.succeeded` is `dodo-test.payment.succeeded` in test mode.
    package func topicName(_ name: String) -> String {
        guard self == .test, let dot = name.firstIndex(of: ".") else { return name }
        return name[..<dot] + "-test" + name[dot...]
    }
}
