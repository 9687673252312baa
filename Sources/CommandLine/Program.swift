import Glibc

/// A command tree with a version: the entry point of a program is `exit(await Program(...).run())`.
package struct Program: Sendable {
    private let root: Command
    private let version: String
    private let explain: @Sendable (any Error) -> CommandFailure?

    /// - Parameter explain: turns an error of another room into one line and an exit status (a settings error into 78, say).
    package init(_ root: Command, version: String, explain: @escaping @Sendable (any Error) -> CommandFailure? = { _ in nil }) {
        self.root = root
        self.version = version
        self.explain = explain
    }

    /// Parses the process's own arguments, runs the command and answers the exit code. Complaints go to standard error, one line each.
    package func run() async -> Int32 {
        // Output through a pipe ends with the reader, not with a signal and half a line.
        signal(SIGPIPE, SIG_IGN)
        let result = await run(Array(Swift.CommandLine.arguments.dropFirst()))
        Standard.write(result.output, to: STDOUT_FILENO)
        Standard.write(result.complaint, to: STDERR_FILENO)
        return result.status.code
    }

    /// Parses and runs given arguments; help and complaints are returned rather than printed, so tests can read them.
    package func run(_ arguments: [String]) async -> (status: ExitStatus, output: String, complaint: String) {
        do {
            switch try Parser.parse(arguments, root: root) {
            case .help(let command, let path, let inherited): return (.success, Help.text(command, path: path, inherited: inherited), "")
            case .version: return (.success, "\(root.name) \(version)\n", "")
            case .completion(let shell): return (.success, shell.script(root), "")
            case .run(.blocking(let action), let invocation): return (try action(invocation), "", "")
            case .run(.asynchronous(let action), let invocation): return (try await action(invocation), "", "")
            }
        } catch let fault as UsageFault {
            return (.usage, "", "\(root.name): \(fault)\nTry '\(root.name) --help'.\n")
        } catch let failure as CommandFailure {
            return (failure.status, "", "\(root.name): \(failure.message)\n")
        } catch {
            let failure = explain(error) ?? CommandFailure("\(error)")
            return (failure.status, "", "\(root.name): \(failure.message)\n")
        }
    }
}

/// The standard streams, written whole.
package enum Standard {
    /// Writes to standard output.
    package static func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }
    /// Writes to standard error: progress, warnings, anything that is not the answer.
    package static func note(_ text: String) { write(text + "\n", to: STDERR_FILENO) }
    /// Whether standard output is a terminal.
    package static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let sent = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if sent < 0 && errno == EINTR { continue }
            guard sent > 0 else { return }
            bytes = bytes.dropFirst(sent)
        }
    }
}
