/// One node of a program's command tree: either something to run or a group of subcommands.
///
/// A tree is a constant of the program; parsing, help, suggestions and shell completion are all read from it, so they cannot disagree.
package struct Command: Sendable {
    /// What a command does. `blocking` may hold the calling thread (the main thread of a program); `asynchronous` must not.
    package enum Action: Sendable {
        case blocking(@Sendable (Invocation) throws -> ExitStatus)
        case asynchronous(@Sendable (Invocation) async throws -> ExitStatus)
    }

    /// A line to copy, and what it does.
    package struct Example: Sendable {
        package let line: String
        package let meaning: String
        package init(_ line: String, _ meaning: String) {
            self.line = line
            self.meaning = meaning
        }
    }

    package let name: String
    /// One line without a full stop, shown beside the name in its parent's help.
    package let summary: String
    /// A paragraph or more for the command's own help.
    package let discussion: String
    package let options: [CommandOption]
    package let operands: [Operand]
    package let examples: [Example]
    package let subcommands: [Command]
    package let action: Action?

    /// A command that runs. `json` adds the flag `--json`, read back as `Invocation.wantsJSON`.
    package init(_ name: String, summary: String, discussion: String = "", json: Bool = false, options: [CommandOption] = [],
                 operands: [Operand] = [], examples: [Example] = [], action: Action) {
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.options = options + (json ? [.json] : [])
        self.operands = operands
        self.examples = examples
        self.subcommands = []
        self.action = action
    }

    /// A group of commands. Its options are accepted by every command below it.
    package init(_ name: String, summary: String, discussion: String = "", options: [CommandOption] = [],
                 examples: [Example] = [], subcommands: [Command]) {
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.options = options
        self.operands = []
        self.examples = examples
        self.subcommands = subcommands
        self.action = nil
    }
}
