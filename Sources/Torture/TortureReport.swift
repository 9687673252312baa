/// What a run did and found.
package struct TortureReport: Sendable {
    package let seed: UInt64
    package let kills: [Victim: Int]
    package let others: Int
    /// How often groups were shared out anew by a member that came or went, and how many partitions such members were given.
    package let rebalances: Int
    package let moved: Int
    package let purchases: Int
    /// Distinct ids that were answered 2xx.
    package let events: Int
    /// How many of them could never be applied.
    package let poison: Int
    package let attempts: Int
    package let accepted: Int
    package let unanswered: Int
    package let refused: Int
    package let sales: SalesOracle.Count
    /// How often the fence held a zombie back.
    package let fenceLosses: Int
    /// Programs that ended on their own account, with their exit status.
    package let endedByThemselves: [String]
    package let seconds: Double
    /// Empty when every promise held.
    package let faults: [String]

    package var killsDone: Int { kills.values.reduce(0, +) }

    package var text: String {
        let who = Victim.allCases.map { "\($0.rawValue) \(kills[$0] ?? 0)" }.joined(separator: ", ")
        var lines = [
            "seed \(seed): \(killsDone) kills (\(who)) and \(others) other faults in \(Int(seconds)) s; \(rebalances) rebalances moved \(moved) partitions",
            "\(purchases) purchases, \(events) events (\(poison) of them poison) in \(attempts) attempts: \(accepted) answered 2xx, \(refused) refused, \(unanswered) unanswered",
            "\(sales.orders) orders, \(sales.entitlements) entitlements, \(sales.licences) licences; \(sales.told) events told, \(sales.repeated) of them again",
            "the fence held \(fenceLosses) writes back; programs that ended by themselves: \(endedByThemselves.isEmpty ? "none" : endedByThemselves.joined(separator: ", "))",
        ]
        lines += faults.isEmpty
            ? ["nothing lost, nothing twice, every lane served, every entity as the simulator knows it, every sale as the facts say, each change told once, no secret told"]
            : faults.map { "FAULT: \($0)" }
        return lines.joined(separator: "\n")
    }
}
