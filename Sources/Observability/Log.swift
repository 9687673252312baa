import FoundationEssentials
import Glibc

/// Writes one line an entry to standard error: JSON for machines, text for a terminal. Safe from any thread; each line is one `write`.
///
/// Messages are constants, what varies goes into fields; no field ever holds a secret, a payload or personal data.
package struct Log: Sendable {
    /// How much an entry matters.
    package enum Level: String, Sendable, CaseIterable, Comparable {
        case trace, debug, info, warning, error

        package static func < (one: Level, other: Level) -> Bool { one.order < other.order }
        private var order: Int { Level.allCases.firstIndex(of: self) ?? 0 }
    }

    /// How entries look.
    package enum Format: String, Sendable, CaseIterable {
        case text, json

        /// `text` when standard error is a terminal, else `json` (DESIGN §13).
        package static var fitting: Format { isatty(STDERR_FILENO) == 1 ? .text : .json }
    }

    package typealias Fields = KeyValuePairs<LogKey, any CustomStringConvertible>

    private let level: Level
    private let format: Format
    private let program: String
    private let write: @Sendable (String) -> Void

    /// - Parameters:
    ///   - program: named in every line.
    ///   - level: entries below it are dropped before they are made.
    ///   - write: takes a finished line with its line end; standard error unless a test says otherwise.
    package init(program: String, level: Level, format: Format, write: @escaping @Sendable (String) -> Void = Log.toStandardError) {
        self.program = program
        self.level = level
        self.format = format
        self.write = write
    }

    package func trace(_ message: StaticString, _ fields: Fields = [:]) { entry(.trace, message, fields) }
    package func debug(_ message: StaticString, _ fields: Fields = [:]) { entry(.debug, message, fields) }
    package func info(_ message: StaticString, _ fields: Fields = [:]) { entry(.info, message, fields) }
    package func warning(_ message: StaticString, _ fields: Fields = [:]) { entry(.warning, message, fields) }
    package func error(_ message: StaticString, _ fields: Fields = [:]) { entry(.error, message, fields) }

    /// Writes an entry, unless its level is below the log's.
    package func entry(_ level: Level, _ message: StaticString, _ fields: Fields) {
        guard level >= self.level else { return }
        let time = Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        var line: String
        switch format {
        case .json:
            line = "{\"time\":\"\(time)\",\"level\":\"\(level.rawValue)\",\"program\":\(JSONText.string(program)),\"message\":\(JSONText.string("\(message)"))"
            for (key, value) in fields { line += ",\(JSONText.string(key.name)):\(Self.json(value))" }
            line += "}\n"
        case .text:
            line = "\(time) \(level.rawValue)\(String(repeating: " ", count: 7 - level.rawValue.count)) \(program): \(message)"
            for (key, value) in fields { line += " \(key.name)=\(Self.plain(value.description))" }
            line += "\n"
        }
        write(line)
    }

    /// Numbers and truth values as themselves, all else as a string.
    private static func json(_ value: any CustomStringConvertible) -> String {
        switch value {
        case let value as any FixedWidthInteger: value.description
        case let value as Bool: value.description
        case let value as Double where value.isFinite: value.description
        default: JSONText.string(value.description)
        }
    }

    /// Quoted when it has blanks or control characters in it, so that a line stays a line.
    private static func plain(_ text: String) -> String {
        let simple = text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F && $0 != "\"" && $0 != "=" }
        return simple && !text.isEmpty ? text : JSONText.string(text)
    }

    /// One `write` a line, so that lines of several threads do not mix; a line that cannot be written is lost.
    package static let toStandardError: @Sendable (String) -> Void = { line in
        var line = line
        line.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let written = Glibc.write(STDERR_FILENO, rest.baseAddress, rest.count)
                if written < 0 && errno == EINTR { continue }
                guard written > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[written...])
            }
        }
    }
}
