/// Why a token or a revocation list proves nothing. Holds nothing of it.
package enum ProofFault: String, Error, Sendable, CustomStringConvertible {
    case malformed, algorithm, type
    case unknownKey = "unknown-key"
    case signature, claims
    case notYetValid = "not-yet-valid"
    case expired, revoked
    case staleList = "stale-list"

    package var description: String {
        switch self {
        case .malformed: "it is no JSON Web Signature in compact form"
        case .algorithm: "its algorithm is not EdDSA"
        case .type: "it is signed for another purpose"
        case .unknownKey: "it names a key that is not among those given; a newer JWKS file may have it"
        case .signature: "its signature is wrong"
        case .claims: "it lacks a claim, or has one of another form"
        case .notYetValid: "it was issued in the future; a clock is wrong"
        case .expired: "it has run out"
        case .revoked: "it has been taken back"
        case .staleList: "the revocation list has run out; fetch a new one"
        }
    }
}
