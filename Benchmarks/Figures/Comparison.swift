/// Two runs held against each other: what has changed, and what only looks so. Pure.
package struct Comparison: Sendable {
    package enum Verdict: String, Sendable {
        /// The rounds of both runs overlap, or their medians are too close: chance explains it.
        case noise = "same"
        case better
        case worse
        /// It differs, but so does the machine or its limit: nothing follows for our code.
        case elsewhere = "other machine"
        /// Fewer than three rounds on one side say nothing about chance.
        case tooFewRounds = "too few rounds"
        case added = "new"
        case missing
        case told = "-"
    }

    package struct Line: Sendable {
        package let name: String
        package let unit: String
        package let before: Spread?
        package let after: Spread?
        package let verdict: Verdict
        /// By how much the median moved, 0.1 for a tenth more; nil without two of them.
        package var change: Double? {
            guard let before, let after, before.median != 0 else { return nil }
            return after.median / before.median - 1
        }
    }

    package let lines: [Line]
    /// Whether both runs are of the same machine with the same kind of broker.
    package let isSameMachine: Bool
    /// Whether anything of ours became worse.
    package var hasRegression: Bool { lines.contains { $0.verdict == .worse } }

    package static let fewestRounds = 3

    /// - Parameter threshold: by how much medians must differ, 0.05 for a twentieth, on top of ranges that do not meet.
    package init(_ baseline: BenchRun, _ new: BenchRun, threshold: Double) {
        isSameMachine = baseline.machine == new.machine
        let moved = Set(
            baseline.figures.filter { old in
                old.role == .limit && new.figure(old.name).map { Self.differ(old, $0, threshold) } ?? false
            }.map(\.part))
        var lines: [Line] = []
        for old in baseline.figures {
            guard let fresh = new.figure(old.name) else {
                lines.append(Line(name: old.name, unit: old.unit, before: old.spread, after: nil, verdict: .missing))
                continue
            }
            let trusted = old.role == .ratio || old.role == .ours && isSameMachine && !moved.contains(old.part)
            lines.append(Line(
                name: old.name, unit: old.unit, before: old.spread, after: fresh.spread, verdict: Self.judge(old, fresh, threshold, isOurs: trusted)))
        }
        for fresh in new.figures where baseline.figure(fresh.name) == nil {
            lines.append(Line(name: fresh.name, unit: fresh.unit, before: nil, after: fresh.spread, verdict: .added))
        }
        self.lines = lines
    }

    private static func judge(_ old: Figure, _ new: Figure, _ threshold: Double, isOurs: Bool) -> Verdict {
        if old.role == .note { return .told }
        guard min(old.rounds.count, new.rounds.count) >= fewestRounds else { return .tooFewRounds }
        guard differ(old, new, threshold) else { return .noise }
        guard isOurs else { return .elsewhere }
        return (new.spread.median > old.spread.median) == (old.better == .higher) ? .better : .worse
    }

    /// Whether two figures differ by more than chance: no round of the one lies among those of the other, and the medians are further apart than the threshold.
    private static func differ(_ old: Figure, _ new: Figure, _ threshold: Double) -> Bool {
        let before = old.spread, after = new.spread
        return !before.overlaps(after) && abs(after.median - before.median) > threshold * abs(before.median)
    }
}
