package import LibPQ
package import LibCrypto

/// Why a command about licences could not do what was asked. Holds neither keys nor tokens.
package enum DeskFault: Error, Sendable, CustomStringConvertible {
    case database(PostgresError)
    case crypto(CryptoError)
    /// The master secret is not the one that this database was issued under.
    case wrongMasterSecret
    case noLicence
    case notActive(Licence.State, reason: String?)
    case ranOut
    case noTokens
    case noSigningKey

    init(_ error: PostgresError) { self = error.sqlstate == "NB002" ? .wrongMasterSecret : .database(error) }

    package var description: String {
        switch self {
        case .database(let error): "PostgreSQL: \(error)"
        case .crypto(let error): "\(error)"
        case .wrongMasterSecret:
            "\(MasterSecret.variable) is not the secret that the licences of this database were issued with; expected the same as license-worker has"
        case .noLicence: "no licence has this id"
        case .notActive(let state, let reason): "the licence is \(state.rawValue)\(reason.map { " (\($0))" } ?? ""), and only an active one gets a token"
        case .ranOut: "the licence has run out, so a token for it would have too"
        case .noTokens: "the licence's policy names no token life, so no token is issued for it; see token_days in the catalogue"
        case .noSigningKey: "there is no signing key yet; make one with nicobar license rotate-key"
        }
    }
}
