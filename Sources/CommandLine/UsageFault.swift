/// What a person typed that the program does not understand, with what may have been meant.
package struct UsageFault: Error, Sendable, Equatable, CustomStringConvertible {
    package let message: String
    package let suggestion: String?

    package init(_ message: String, suggestion: String? = nil) {
        self.message = message
        self.suggestion = suggestion
    }

    package var description: String {
        guard let suggestion else { return message }
        return "\(message); did you mean '\(suggestion)'?"
    }
}

/// How a process ends, as scripts see it (names from sysexits.h).
package struct ExitStatus: Sendable, Equatable, ExpressibleByIntegerLiteral {
    package let code: Int32
    package init(_ code: Int32) { self.code = code }
    package init(integerLiteral value: Int32) { code = value }

    package static let success: ExitStatus = 0
    /// The command ran and the answer is no, or it failed.
    package static let failure: ExitStatus = 1
    /// EX_USAGE: the command line was not understood.
    package static let usage: ExitStatus = 64
    /// EX_UNAVAILABLE: something the command needs cannot be reached.
    package static let unavailable: ExitStatus = 69
    /// EX_CONFIG: a setting is missing or wrong.
    package static let configuration: ExitStatus = 78
}

/// A failure that a command has already put into words: one line, and how the process should end.
package struct CommandFailure: Error, Sendable, CustomStringConvertible {
    package let message: String
    package let status: ExitStatus
    package init(_ message: String, status: ExitStatus = .failure) {
        self.message = message
        self.status = status
    }
    package var description: String { message }
}
