/// The shells for which a completion script can be printed.
enum CompletionShell: String, CaseIterable, Sendable {
    case bash, zsh, fish

    /// A script to be sourced; it holds the whole tree, so completing starts no process.
    func script(_ root: Command) -> String {
        let nodes = Self.walk(root, path: [root.name], inherited: [])
        switch self {
        case .bash: return Self.bash(root.name, nodes)
        case .zsh: return "autoload -U +X bashcompinit && bashcompinit\n" + Self.bash(root.name, nodes)
        case .fish: return Self.fish(root.name, nodes)
        }
    }

    private typealias Node = (path: [String], command: Command, options: [CommandOption])

    private static func walk(_ command: Command, path: [String], inherited: [CommandOption]) -> [Node] {
        let options = command.options + inherited
        return [(path, command, options + [.help])]
            + command.subcommands.flatMap { walk($0, path: path + [$0.name], inherited: options) }
    }

    private static func bash(_ name: String, _ nodes: [Node]) -> String {
        let function = "_" + name.map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
        var cases = "", choices = ""
        for node in nodes {
            let words = node.command.subcommands.map(\.name) + node.options.map { "--" + $0.name } + node.command.operands.flatMap(\.choices)
            cases += "    '\(node.path.joined(separator: " "))') words='\(words.joined(separator: " "))' ;;\n"
            for option in node.options where !option.choices.isEmpty {
                choices += "    '\(node.path.joined(separator: " ")) --\(option.name)') words='\(option.choices.joined(separator: " "))' ;;\n"
            }
        }
        return """
        \(function)() {
          local path='\(name)' words='' word i
          for ((i = 1; i < COMP_CWORD; i++)); do
            word="${COMP_WORDS[i]}"
            case "$path $word" in
        \(nodes.dropFirst().map { "    '\($0.path.joined(separator: " "))') path=\"$path $word\" ;;" }.joined(separator: "\n"))
            esac
          done
          case "$path" in
        \(cases)  esac
          case "$path ${COMP_WORDS[COMP_CWORD-1]}" in
        \(choices)    *) ;;
          esac
          COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F \(function) \(name)

        """
    }

    private static func fish(_ name: String, _ nodes: [Node]) -> String {
        var out = "complete -c \(name) -f\n"
        for node in nodes {
            let seen = node.path.dropFirst().map { "__fish_seen_subcommand_from \($0)" }
            let siblings = node.command.subcommands.map(\.name)
            let notYet = siblings.isEmpty ? [] : ["not __fish_seen_subcommand_from \(siblings.joined(separator: " "))"]
            let when = (seen + notYet).joined(separator: "; and ")
            let condition = when.isEmpty ? "" : " -n '\(when)'"
            for child in node.command.subcommands { out += "complete -c \(name)\(condition) -a \(child.name) -d '\(quoted(child.summary))'\n" }
            for option in node.options {
                let short = option.short.map { " -s \($0)" } ?? ""
                let values = option.placeholder == nil ? "" : (option.choices.isEmpty ? " -r" : " -x -a '\(option.choices.joined(separator: " "))'")
                out += "complete -c \(name)\(condition) -l \(option.name)\(short)\(values) -d '\(quoted(option.help))'\n"
            }
        }
        return out
    }

    private static func quoted(_ text: String) -> String { text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "\\'") }
}
