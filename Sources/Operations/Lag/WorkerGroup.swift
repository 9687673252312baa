/// A worker's consumer group, for those who look at it from outside. This room knows no stage: the program says which there are.
package struct WorkerGroup: Sendable {
    /// The program whose processes are its members, such as `billing-worker`.
    package let program: String
    /// As Kafka knows it, such as `nicobar.billing`.
    package var name: String
    /// What it consumes, by full names.
    package let topics: [String]
    /// What an operator should know before starting one where none runs; nil when every deployment needs it.
    package let isNeededOnlyIf: String?

    package init(_ program: String, name: String, topics: [String], isNeededOnlyIf: String? = nil) {
        self.program = program
        self.name = name
        self.topics = topics
        self.isNeededOnlyIf = isNeededOnlyIf
    }
}
