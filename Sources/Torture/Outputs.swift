import Surroundings

/// Everything that the programs have let out, place by place: whoever reads logs, metrics, reasons or events has it before his eyes.
package struct Outputs: Sendable {
    private var places: [(name: String, text: String)] = []

    package init() {}

    /// How much there is, in bytes.
    var byteCount: Int { places.reduce(0) { $0 + $1.text.utf8.count } }

    /// - Parameters:
    ///   - text: what was let out.
    ///   - place: where.
    package mutating func add(_ text: String, at place: String) { places.append((place, text)) }

    /// Asks a running program for its health and its metrics.
    ///
    /// - Parameters:
    ///   - port: its HTTP side on 127.0.0.1.
    ///   - name: the program's.
    package mutating func addPages(port: Int, of name: String) {
        for path in ["/metrics", "/readyz", "/healthz"] {
            add(Loopback.request(port: port, path: path, limit: .seconds(2))?.body ?? "", at: "\(path) of \(name)")
        }
    }

    /// Adds what was told on the `nicobar.*` topics, and why dead letters are dead.
    package mutating func add(_ told: ToldEvents, reasonsIn database: String) async throws {
        add(told.text, at: "the events")
        let reasons = try await Oracle(database: database).rows("select distinct reason || ' ' || coalesce(detail, '') || ' ' || fingerprint from worker.dead_letters")
        add(reasons.map { $0[0] }.joined(separator: "\n"), at: "the reasons of dead letters")
    }

    /// - Returns: one sentence for each kind of secret at each place, without the secret; and one for the places where nothing was, which proves nothing.
    package func faults(_ canaries: Canaries) -> [String] {
        let silent = places.filter { $0.text.isEmpty }.map(\.name)
        return places.flatMap { canaries.faults(in: $0.text, at: $0.name) } + (silent.isEmpty ? [] : ["nothing at all was found at: \(silent.joined(separator: ", "))"])
    }
}
