import CommandLine

/// Tells the story on standard output: headings, facts, and whether each is as it should be.
final class Narrator: Sendable {
    private let coloured: Bool

    init() { coloured = Standard.outputIsTerminal }

    /// A new part of the story.
    func heading(_ text: String) { Standard.print("\n" + paint(text, "1")) }

    /// A part of the house stands.
    func stands(_ name: String, _ what: String) {
        Standard.print("  " + name + String(repeating: " ", count: max(1, 22 - name.count)) + paint(what, "2"))
    }

    /// A plain line.
    func say(_ text: String) {
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) { Standard.print("  " + line) }
    }

    /// A claim with its verdict.
    ///
    /// - Returns: the verdict, for counting.
    @discardableResult
    func claim(_ text: String, _ holds: Bool) -> Bool {
        Standard.print("  " + (holds ? paint("✓", "32") : paint("✗", "31")) + " " + text)
        return holds
    }

    private func paint(_ text: String, _ code: String) -> String { coloured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
}
