/// What became of a check. A refusal is an answer, not an error: strangers cause it at will, so it costs nothing.
public enum Verification: Sendable, Equatable {
    /// Genuine; the index of the secret that verified it tells when an old one is no longer in use.
    case valid(secretIndex: Int)
    case invalid(Refusal)

    /// Why a delivery is refused. For logs and metrics: the sender should only hear 401.
    public enum Refusal: String, Sendable, Equatable, CaseIterable {
        case missingID = "missing-id"
        case missingTimestamp = "missing-timestamp"
        case missingSignature = "missing-signature"
        /// Not a whole number of seconds in digits alone.
        case malformedTimestamp = "malformed-timestamp"
        case tooOld = "too-old"
        case tooNew = "too-new"
        /// No entry of the list was made with any of our secrets.
        case noMatchingSignature = "no-matching-signature"
    }

    public var isValid: Bool {
        if case .valid = self { true } else { false }
    }
}
