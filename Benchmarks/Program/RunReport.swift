import CommandLine
import Figures
import Foundation
import LibPQ
import Surroundings

/// What a run says: a table for people, a file for `compare`.
enum RunReport {
    /// An empty run, with the conditions that hold now. The broker's and PostgreSQL's are added where there are any.
    static func begin(_ bench: Bench? = nil) async throws -> BenchRun {
        var conditions = await Conditions.all(broker: bench?.ground.broker)
        if let bench {
            conditions["PostgreSQL"] = try await bench.withDatabase { try $0.query("show server_version").text(0, 0) ?? "unknown" }
            conditions["PostgreSQL settings"] = Bench.postgresSettings.joined(separator: " ")
        }
        Standard.print(conditions.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "\n"))
        return BenchRun(taken: ISO8601DateFormatter().string(from: Date()), conditions: conditions)
    }

    /// Prints the figures, and writes them where that was asked for.
    static func end(_ run: BenchRun, json file: String?) throws {
        var table = TextTable("figure", "unit", "median", "least", "most", "rounds")
        for figure in run.figures {
            let spread = figure.spread
            table.add(figure.name, figure.unit, short(spread.median), short(spread.least), short(spread.most), String(figure.rounds.count))
        }
        Standard.print("\(table)")
        guard let file else { return }
        do { try run.encoded().write(to: URL(fileURLWithPath: file)) } catch { throw CommandFailure("\(file) could not be written: \(error)") }
        Standard.print("written to \(file)")
    }

    static func print(_ comparison: Comparison, threshold: Double) {
        var table = TextTable("figure", "unit", "before", "rounds of it", "now", "rounds of it", "change", "verdict")
        for line in comparison.lines {
            table.add(
                line.name, line.unit, line.before.map { short($0.median) } ?? "-", range(line.before), line.after.map { short($0.median) } ?? "-", range(line.after),
                line.change.map { (($0 >= 0) ? "+" : "") + decimal($0 * 100) + "%" } ?? "-", line.verdict.rawValue)
        }
        Standard.print("\(table)")
        let other = comparison.isSameMachine ? "" : "The machines differ, so only ratios are judged. "
        Standard.print(other + "A change counts when the ranges of the rounds do not meet and the medians differ by more than \(decimal(threshold * 100))%. "
            + (comparison.hasRegression ? "Something became worse." : "Nothing became worse."))
    }

    /// Three significant digits or so.
    static func short(_ value: Double) -> String { decimal(value, abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 2) }

    private static func range(_ spread: Spread?) -> String { spread.map { "\(short($0.least)) - \(short($0.most))" } ?? "-" }
}
