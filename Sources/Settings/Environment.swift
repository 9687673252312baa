import FoundationEssentials

/// The variables a process was started with, and how they are read: a variable that is set to nothing counts as not set.
package struct Environment: Sendable {
    /// All of them, secrets included: hand on only what a library must read itself.
    package let variables: [String: String]

    package init(_ variables: [String: String]) { self.variables = variables }

    /// What this process was started with.
    package static var process: Environment { Environment(ProcessInfo.processInfo.environment) }

    /// The text of a variable; nil when it is not set or empty.
    package func value(_ name: String) -> String? {
        guard let text = variables[name], !text.isEmpty else { return nil }
        return text
    }

    /// A text, or the standard one.
    package func text(_ name: String, default standard: String) -> String { value(name) ?? standard }

    /// One of a fixed set of words.
    ///
    /// - Throws: `SettingsError` that lists the words.
    package func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, default standard: @autoclosure () -> Choice
    ) throws(SettingsError) -> Choice {
        guard let text = value(name) else { return standard() }
        guard let choice = Choice(rawValue: text) else {
            throw SettingsError(name, "is \(quoted(text))", expected: Choice.allCases.map(\.rawValue).joined(separator: " or "))
        }
        return choice
    }

    /// A whole number within bounds.
    ///
    /// - Throws: `SettingsError` that names the bounds.
    package func integer(_ name: String, in range: ClosedRange<Int>, default standard: Int) throws(SettingsError) -> Int {
        guard let text = value(name) else { return standard }
        guard let number = Int(text), range.contains(number) else {
            throw SettingsError(
                name, "is \(quoted(text))", expected: "a whole number from \(range.lowerBound) to \(range.upperBound)", example: "\(standard)")
        }
        return number
    }

    /// A length of time: a number with the unit `ms`, `s`, `m` or `h`; seconds without one.
    ///
    /// - Throws: `SettingsError` that names the bounds.
    package func duration(_ name: String, in range: ClosedRange<Duration>, default standard: Duration) throws(SettingsError) -> Duration {
        guard let text = value(name) else { return standard }
        guard let duration = Duration(setting: text), range.contains(duration) else {
            throw SettingsError(
                name, "is \(quoted(text))", expected: "a time from \(range.lowerBound) to \(range.upperBound) such as 500ms, 10s or 2m")
        }
        return duration
    }
}

extension Duration {
    /// Reads `500ms`, `10s`, `2m`, `1h`, or a bare number of seconds.
    init?(setting text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), number <= 1_000_000_000 else { return nil }
        switch text.dropFirst(digits.count) {
        case "ms": self = .milliseconds(number)
        case "", "s": self = .seconds(number)
        case "m": self = .seconds(number * 60)
        case "h": self = .seconds(number * 3600)
        default: return nil
        }
    }
}

/// What was set, fit for one line of an error: short, without control characters.
func quoted(_ text: String) -> String {
    let shown = text.prefix(60).map { $0.isASCII && !($0.asciiValue.map { $0 < 32 || $0 == 127 } ?? true) ? $0 : "?" }
    return "'" + String(shown) + (text.count > 60 ? "…'" : "'")
}
