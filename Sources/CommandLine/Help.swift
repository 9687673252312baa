/// The help text of a command, in the usual GNU shape: usage, what it does, commands, options, examples.
enum Help {
    static func text(_ command: Command, path: [String], inherited: [CommandOption]) -> String {
        let program = path.joined(separator: " ")
        let options = command.options + inherited + [CommandOption.help] + (path.count == 1 ? [.flag("version", "show the version")] : [])
        var out = "Usage: \(program) "
        if command.subcommands.isEmpty {
            let required = command.options.filter(\.isRequired).map { "--\($0.name) \($0.placeholder ?? "") " }.joined()
            out += required + "[options]" + command.operands.map { " " + $0.usage }.joined()
        } else {
            out += "<command> [options]"
        }
        out += "\n\n\(command.summary).\n"
        if !command.discussion.isEmpty { out += "\n\(command.discussion)\n" }
        out += section("Commands", command.subcommands.map { ($0.name, $0.summary) }
                       + (path.count == 1 && !command.subcommands.isEmpty ? [("completion", "print a completion script: bash, zsh or fish")] : []))
        out += section("Arguments", command.operands.map { ($0.usage, explain($0.help, choices: $0.choices, standard: nil)) })
        out += section("Options", options.map { option in
            let short = option.short.map { "-\($0), " } ?? "    "
            let value = option.placeholder.map { " \($0)" } ?? ""
            return ("\(short)--\(option.name)\(value)", explain(option.help, choices: option.choices, standard: option.standard))
        })
        if !command.examples.isEmpty {
            out += "\nExamples:\n"
            for example in command.examples { out += "  # \(example.meaning)\n  \(example.line)\n" }
        }
        return out
    }

    private static func explain(_ help: String, choices: [String], standard: String?) -> String {
        help + (choices.isEmpty ? "" : " (\(choices.joined(separator: "|")))") + (standard.map { " [\($0)]" } ?? "")
    }

    private static func section(_ title: String, _ rows: [(String, String)]) -> String {
        guard !rows.isEmpty else { return "" }
        let width = min(28, rows.map(\.0.count).max() ?? 0)
        return rows.reduce(into: "\n\(title):\n") { out, row in
            let gap = row.0.count > width
                ? "\n" + String(repeating: " ", count: width + 4) : String(repeating: " ", count: width - row.0.count + 2)
            out += "  \(row.0)\(gap)\(row.1)\n"
        }
    }
}
