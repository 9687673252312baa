/// One thing that was measured, with its value in every round.
package struct Figure: Sendable, Equatable {
    /// What a change of the figure says.
    package enum Role: String, Sendable, Codable {
        /// What Kafka, PostgreSQL and the machine allow by themselves: a change is the machine's, not ours.
        case limit
        /// Ours beside the limit of the same round: it means the same on every machine.
        case ratio
        /// Ours in absolute terms: it means something beside figures of the same machine only.
        case ours
        /// Told, and never judged.
        case note
    }

    package enum Better: String, Sendable, Codable { case higher, lower }

    /// Words separated by dots, the part first, such as `ingest.closed.64.rate`.
    package let name: String
    package let unit: String
    package let role: Role
    package let better: Better
    package private(set) var rounds: [Double]

    package init(_ name: String, _ unit: String, _ role: Role, _ better: Better, rounds: [Double]) {
        self.name = name
        self.unit = unit
        self.role = role
        self.better = better
        self.rounds = rounds
    }

    package var spread: Spread { Spread(rounds) }
    /// The benchmark it belongs to.
    package var part: Substring { name.prefix { $0 != "." } }

    mutating func append(_ value: Double) { rounds.append(value) }
}

extension Figure: Codable {
    private enum Key: String, CodingKey { case name, unit, role, better, rounds, median, min, max }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(
            try fields.decode(String.self, forKey: .name), try fields.decode(String.self, forKey: .unit), try fields.decode(Role.self, forKey: .role),
            try fields.decode(Better.self, forKey: .better), rounds: try fields.decode([Double].self, forKey: .rounds))
    }

    /// Median, least and most are written for whoever reads the file; only the rounds are read back.
    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(name, forKey: .name)
        try fields.encode(unit, forKey: .unit)
        try fields.encode(role, forKey: .role)
        try fields.encode(better, forKey: .better)
        try fields.encode(rounds, forKey: .rounds)
        try fields.encode(spread.median, forKey: .median)
        try fields.encode(spread.least, forKey: .min)
        try fields.encode(spread.most, forKey: .max)
    }
}
