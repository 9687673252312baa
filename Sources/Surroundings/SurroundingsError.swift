/// Why a private server or a child process could not be had.
package enum SurroundingsError: Error, Sendable, CustomStringConvertible {
    /// Something the machine should offer is not there.
    case missing(String, install: String)
    /// A preparation step failed.
    case cannotPrepare(String, reason: String)
    /// A process ended or stayed silent before it was ready; the tail of its log is the evidence.
    case notReady(String, log: String)

    package var description: String {
        switch self {
        case .missing(let what, let install): "\(what) was not found; \(install)"
        case .cannotPrepare(let what, let reason): "could not prepare \(what): \(reason)"
        case .notReady(let what, let log): "\(what) did not become ready; the end of its log:\n\(log)"
        }
    }
}
