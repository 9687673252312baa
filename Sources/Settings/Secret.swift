/// A text that must not be seen: it prints as redacted, however it is printed.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The text itself, for the one who needs it.
    package let text: String

    package init(_ text: String) { self.text = text }

    package var description: String { "(redacted)" }
    package var debugDescription: String { description }
    /// `dump` and interpolation of enclosing values go through mirrors: this one is empty.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Where a secret comes from, which decides whether it can change while a process runs.
package enum SecretSource: Sendable {
    /// Given in a variable; fixed.
    case variable(name: String, Secret)
    /// Given as a path in `NAME_FILE`; read again when the file changes.
    case file(SecretFile)

    /// The secret as it is at the start.
    package var secret: Secret {
        switch self {
        case .variable(_, let secret): secret
        case .file(let file): file.initial
        }
    }

    /// The variable that gave it.
    package var variable: String {
        switch self {
        case .variable(let name, _): name
        case .file(let file): file.variable
        }
    }
}

extension Environment {
    /// A secret from `NAME` or from the file that `NAME_FILE` names; of several names the first that is set.
    ///
    /// - Parameters:
    ///   - names: one meaning under several names, the preferred one first.
    ///   - expected: what it is, for the error.
    ///   - example: what it looks like, for the error.
    /// - Returns: nil when none is set.
    /// - Throws: `SettingsError` when two are set at once or the file cannot be read.
    package func secretIfSet(_ names: String...) throws(SettingsError) -> SecretSource? { try secret(oneOf: names) }

    /// The same for a secret that must be there.
    package func secret(_ names: String..., expected: String, example: String) throws(SettingsError) -> SecretSource {
        if let source = try secret(oneOf: names) { return source }
        let others = names.dropFirst().joined(separator: " or ")
        throw SettingsError(
            names[0], "is not set" + (others.isEmpty ? "" : " (nor \(others))"), expected: "\(expected), here or in a file that \(names[0])_FILE names",
            example: example)
    }

    private func secret(oneOf names: [String]) throws(SettingsError) -> SecretSource? {
        let set = names.flatMap { [$0, $0 + "_FILE"] }.filter { value($0) != nil }
        guard let name = set.first, let text = value(name) else { return nil }
        // Two that agree would be harmless today and a riddle on the day one of them is rotated.
        if set.count > 1 { throw SettingsError(set[1], "is set, and so is \(name)", expected: "only one of them") }
        return name.hasSuffix("_FILE") ? .file(try SecretFile(variable: name, path: text)) : .variable(name: name, Secret(text))
    }

    /// These variables with every `PREFIX…_FILE` replaced by the variable it stands for, read once.
    ///
    /// - Throws: `SettingsError` when a file cannot be read, or a variable is given both ways.
    package func readingFiles(prefix: String) throws(SettingsError) -> Environment {
        var variables = variables
        for name in variables.keys.sorted() where name.hasPrefix(prefix) && name.hasSuffix("_FILE") {
            let plain = String(name.dropLast(5))
            guard let source = try secret(oneOf: [plain]) else { continue }
            variables[plain] = source.secret.text
            variables[name] = nil
        }
        return Environment(variables)
    }
}
