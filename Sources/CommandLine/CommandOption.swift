/// An option of a command: a flag, or something that takes a value.
package struct CommandOption: Sendable, Equatable {
    /// The long name without its dashes.
    package let name: String
    package let short: Character?
    /// What stands for the value in help (`URL`, `N`); nil for a flag.
    package let placeholder: String?
    package let help: String
    /// The value when the option is not given; nil = absent.
    package let standard: String?
    /// The only values allowed; empty = any.
    package let choices: [String]
    /// May be given several times; the values are kept in order.
    package let repeats: Bool
    /// The command cannot run without it.
    package let isRequired: Bool

    /// A switch that is off unless it is given.
    package static func flag(_ name: String, short: Character? = nil, _ help: String) -> CommandOption {
        CommandOption(name: name, short: short, placeholder: nil, help: help, standard: nil, choices: [], repeats: false, isRequired: false)
    }

    /// An option with a value.
    package static func value(_ name: String, short: Character? = nil, _ placeholder: String, _ help: String, standard: String? = nil,
                              choices: [String] = [], repeats: Bool = false, required: Bool = false) -> CommandOption {
        CommandOption(name: name, short: short, placeholder: placeholder, help: help, standard: standard, choices: choices,
                      repeats: repeats, isRequired: required)
    }

    /// `--json`: the same answer for programs.
    package static let json = CommandOption.flag("json", "print the result as one JSON document")
    static let help = CommandOption.flag("help", short: "h", "show this help")
}

/// An argument known by its place rather than by a name.
package struct Operand: Sendable, Equatable {
    package let name: String
    package let help: String
    package let isRequired: Bool
    /// Takes every remaining argument; only the last operand may.
    package let repeats: Bool
    package let choices: [String]

    package init(_ name: String, _ help: String, required: Bool = true, repeats: Bool = false, choices: [String] = []) {
        self.name = name
        self.help = help
        self.isRequired = required
        self.repeats = repeats
        self.choices = choices
    }

    var usage: String {
        let word = repeats ? "\(name)..." : name
        return isRequired ? word : "[\(word)]"
    }
}
