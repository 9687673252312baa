/// Why a server cannot start; the description is one line for the person who starts it.
package enum HTTPServerError: Error, Sendable, Equatable {
    /// Somebody listens there already.
    case addressInUse(ListenAddress)
    /// A port below 1024 without the right to it, or a system that forbids it.
    case notPermitted(ListenAddress)
    /// The name or the literal is no address of this machine.
    case noSuchAddress(ListenAddress, reason: String)
    /// The system refused something else.
    case system(call: String, reason: String)
}

extension HTTPServerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .addressInUse(let address): "address already in use: \(address)"
        case .notPermitted(let address): "not permitted to listen on \(address)"
        case .noSuchAddress(let address, let reason): "cannot listen on \(address): \(reason)"
        case .system(let call, let reason): "\(call) failed: \(reason)"
        }
    }
}
