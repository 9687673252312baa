/// One statement of a pipeline and the values bound to it.
package struct PipelineStep {
    enum Command {
        case prepared(String)
        case sql(String)
    }

    let command: Command
    /// The values of `$1`, `$2`, … in order; at most 65,535 (the protocol counts them in 16 bits).
    package let parameters: [Parameter]

    /// The prepared statement's name, or the statement itself.
    package var statement: String {
        switch command {
        case .prepared(let name): name
        case .sql(let sql): sql
        }
    }

    /// Runs a statement that `Connection.prepare` has made known under this name.
    package init(prepared name: String, _ parameters: [Parameter] = []) {
        command = .prepared(name)
        self.parameters = parameters
    }

    /// Runs one statement given as text; meant for `begin`, `commit` and rare ones, since it is parsed each time.
    package init(sql: String, _ parameters: [Parameter] = []) {
        command = .sql(sql)
        self.parameters = parameters
    }
}
