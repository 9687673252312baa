/// Something that a stage counts beside the outcomes of its events: a counter of the process, and the first time for each subject a line in its log.
package struct Tally: Sendable {
    /// The counter's name, such as `nicobar_fulfilment_unlisted_products_total`.
    package let metric: String
    /// What it counts, in one sentence.
    package let help: String
    /// What the line says.
    package let saying: StaticString

    package init(_ metric: String, _ help: String, saying: StaticString) {
        self.metric = metric
        self.help = help
        self.saying = saying
    }
}

/// One count of a tally.
package struct Notice: Sendable, Equatable {
    package let tally: Tally
    /// What it is about, for the line in the log: an id, never a secret and nothing personal. No label of the counter, since nobody knows how many there are.
    package let subject: String

    package init(_ tally: Tally, _ subject: String) {
        self.tally = tally
        self.subject = subject
    }

    package static func == (one: Notice, other: Notice) -> Bool { one.tally.metric == other.tally.metric && one.subject == other.subject }
}
