/// What was asked of one command: its option values and operands, read by name.
///
/// Asking for a name that the command does not declare is a mistake in the program and stops it.
package struct Invocation: Sendable {
    /// The names from the program down to the command.
    package let path: [String]
    private let values: [String: [String]]
    private let flags: Set<String>
    private let operandValues: [String: [String]]
    private let declared: Set<String>

    init(path: [String], values: [String: [String]], flags: Set<String>, operands: [String: [String]], declared: Set<String>) {
        self.path = path
        self.values = values
        self.flags = flags
        self.operandValues = operands
        self.declared = declared
    }

    /// Whether `--json` was given.
    package var wantsJSON: Bool { flags.contains(CommandOption.json.name) }

    /// Whether a flag was given.
    package func flag(_ name: String) -> Bool {
        precondition(declared.contains(name), "the command declares no option --\(name)")
        return flags.contains(name)
    }

    /// The value of an option (its last one, or its standard value).
    package func text(_ name: String) -> String? { texts(name).last }

    /// All the values of a repeatable option, in the order given.
    package func texts(_ name: String) -> [String] {
        precondition(declared.contains(name), "the command declares no option --\(name)")
        return values[name] ?? []
    }

    /// The value of an option as a whole number within bounds. Throws `UsageFault` when it is none.
    package func integer(_ name: String, in bounds: ClosedRange<Int> = Int.min...Int.max) throws(UsageFault) -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text.filter { $0 != "_" }), bounds.contains(number) else {
            throw UsageFault("--\(name) takes a whole number\(Self.bounds(bounds)), not '\(text)'")
        }
        return number
    }

    /// The value of an option as a number within bounds; `5%` is read as 0.05. Throws `UsageFault` when it is none.
    package func number(_ name: String, in bounds: ClosedRange<Double>) throws(UsageFault) -> Double? {
        guard let text = text(name) else { return nil }
        let number = text.hasSuffix("%") ? Double(text.dropLast()).map { $0 / 100 } : Double(text)
        guard let number, number.isFinite, bounds.contains(number) else {
            throw UsageFault("--\(name) takes a number from \(bounds.lowerBound) to \(bounds.upperBound), not '\(text)'")
        }
        return number
    }

    /// The value of an operand that takes one argument.
    package func operand(_ name: String) -> String? { operands(name).first }

    /// The values of an operand.
    package func operands(_ name: String) -> [String] {
        precondition(declared.contains(name), "the command declares no operand \(name)")
        return operandValues[name] ?? []
    }

    private static func bounds(_ bounds: ClosedRange<Int>) -> String {
        switch (bounds.lowerBound == .min, bounds.upperBound == .max) {
        case (true, true): ""
        case (false, true): " of at least \(bounds.lowerBound)"
        case (true, false): " of at most \(bounds.upperBound)"
        case (false, false): " from \(bounds.lowerBound) to \(bounds.upperBound)"
        }
    }
}
