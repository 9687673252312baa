import CLibCrypto

/// OpenSSL refused. Holds its reason, never key material.
package struct CryptoError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was being done, in our words.
    package let operation: String
    /// OpenSSL's reason, empty when it gave none.
    package let reason: String

    package var description: String { reason.isEmpty ? "\(operation) failed" : "\(operation) failed: \(reason)" }

    /// Takes the last entry of this thread's error queue and empties the queue.
    init(_ operation: String) {
        self.operation = operation
        let code = ERR_peek_last_error()
        ERR_clear_error()
        if code != 0, let text = unsafe ERR_reason_error_string(code) {
            reason = unsafe String(cString: text)
        } else {
            reason = ""
        }
    }
}
