/// Reads arguments against a command tree, by the conventions of GNU getopt_long: `--name value`, `--name=value`, `-n value`, `-nvalue`,
/// bundled short flags, options and operands in any order, `--` ends the options, an unambiguous beginning of a long name will do.
struct Parser {
    /// What the arguments ask for.
    enum Request {
        case help(Command, path: [String], inherited: [CommandOption])
        case version
        case completion(CompletionShell)
        case run(Command.Action, Invocation)
    }

    private var path: [String]
    private var command: Command
    private var inherited: [CommandOption] = []
    private var values: [String: [String]] = [:]
    private var flags: Set<String> = []
    private var operands: [String] = []
    private var wantsHelp = false
    private var wantsVersion = false

    private var known: [CommandOption] { command.options + inherited + [.help] }

    private init(_ root: Command) {
        path = [root.name]
        command = root
    }

    /// Reads the arguments (without the program's own name). Throws `UsageFault` at the first one that makes no sense.
    static func parse(_ arguments: [String], root: Command) throws(UsageFault) -> Request {
        if arguments.first == "help" { return try parse(Array(arguments.dropFirst()) + ["--help"], root: root) }
        if arguments.first == "completion", !root.subcommands.contains(where: { $0.name == "completion" }) {
            guard arguments.count == 2, let shell = CompletionShell(rawValue: arguments[1]) else {
                throw UsageFault("completion takes one of: \(CompletionShell.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return .completion(shell)
        }
        var parser = Parser(root)
        try parser.read(arguments[...])
        return try parser.finish()
    }

    private mutating func read(_ all: ArraySlice<String>) throws(UsageFault) {
        var rest = all
        while let argument = rest.popFirst() {
            if argument == "--" {
                operands += rest
                return
            } else if argument.hasPrefix("--") {
                try readLong(argument.dropFirst(2), &rest)
            } else if argument.hasPrefix("-"), argument.count > 1, argument.dropFirst().first?.isNumber != true {
                try readShort(argument.dropFirst(), &rest)
            } else if command.action == nil {
                try descend(into: argument)
            } else {
                operands.append(argument)
            }
        }
    }

    private mutating func descend(into name: String) throws(UsageFault) {
        guard let next = command.subcommands.first(where: { $0.name == name }) else {
            throw UsageFault("'\(path.joined(separator: " "))' has no command '\(name)'",
                             suggestion: Suggestion.closest(to: name, among: command.subcommands.map(\.name)))
        }
        inherited = command.options + inherited
        command = next
        path.append(name)
    }

    private mutating func readLong(_ body: Substring, _ rest: inout ArraySlice<String>) throws(UsageFault) {
        let parts = body.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        if path.count == 1, name == "version" {
            wantsVersion = true
            return
        }
        let option = try find(name)
        let attached = parts.count == 2 ? String(parts[1]) : nil
        guard option.placeholder != nil else {
            guard attached == nil else { throw UsageFault("--\(option.name) is a switch and takes no value") }
            set(option)
            return
        }
        try store(option, attached ?? rest.popFirst())
    }

    private mutating func readShort(_ letters: Substring, _ rest: inout ArraySlice<String>) throws(UsageFault) {
        var letters = letters
        while let letter = letters.popFirst() {
            guard let option = known.first(where: { $0.short == letter }) else { throw UsageFault("unknown option -\(letter)") }
            guard option.placeholder != nil else {
                set(option)
                continue
            }
            try store(option, letters.isEmpty ? rest.popFirst() : String(letters))
            return
        }
    }

    private func find(_ name: String) throws(UsageFault) -> CommandOption {
        if let exact = known.first(where: { $0.name == name }) { return exact }
        let candidates = name.isEmpty ? [] : known.filter { $0.name.hasPrefix(name) }
        if candidates.count == 1 { return candidates[0] }
        if candidates.count > 1 {
            throw UsageFault("--\(name) could be any of \(candidates.map { "--" + $0.name }.joined(separator: ", "))")
        }
        throw UsageFault("unknown option --\(name)",
                         suggestion: Suggestion.closest(to: name, among: known.map(\.name)).map { "--" + $0 })
    }

    private mutating func set(_ option: CommandOption) {
        if option == .help { wantsHelp = true } else { flags.insert(option.name) }
    }

    private mutating func store(_ option: CommandOption, _ value: String?) throws(UsageFault) {
        guard let value else { throw UsageFault("--\(option.name) needs a value (\(option.placeholder ?? ""))") }
        try Self.check(value, option.choices, "--\(option.name)")
        if !option.repeats { values[option.name] = [value] } else { values[option.name, default: []].append(value) }
    }

    private static func check(_ value: String, _ choices: [String], _ name: String) throws(UsageFault) {
        guard choices.isEmpty || choices.contains(value) else {
            throw UsageFault("\(name) takes one of \(choices.joined(separator: ", ")), not '\(value)'",
                             suggestion: Suggestion.closest(to: value, among: choices))
        }
    }

    private consuming func finish() throws(UsageFault) -> Request {
        if wantsHelp { return .help(command, path: path, inherited: inherited) }
        if wantsVersion { return .version }
        guard let action = command.action else { return .help(command, path: path, inherited: inherited) }
        let options = known
        for option in options where values[option.name] == nil {
            if let standard = option.standard { values[option.name] = [standard] }
            else if option.isRequired { throw UsageFault("--\(option.name) \(option.placeholder ?? "") is needed") }
        }
        var named: [String: [String]] = [:]
        var rest = operands[...]
        for operand in command.operands {
            let taken = operand.repeats ? Array(rest) : Array(rest.prefix(1))
            rest = rest.dropFirst(taken.count)
            if taken.isEmpty, operand.isRequired { throw UsageFault("\(operand.name) is needed: \(operand.help)") }
            for value in taken { try Self.check(value, operand.choices, operand.name) }
            named[operand.name] = taken
        }
        if let extra = rest.first { throw UsageFault("'\(extra)' is one argument too many") }
        return .run(action, Invocation(path: path, values: values, flags: flags, operands: named,
                                       declared: Set(options.map(\.name) + command.operands.map(\.name))))
    }
}
