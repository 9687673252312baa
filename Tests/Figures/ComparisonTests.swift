import Foundation
import Testing
@testable import Figures

private func run(_ machine: String = "a processor", _ figures: Figure...) -> BenchRun {
    var run = BenchRun(taken: "2026-11-25T04:00:00Z", conditions: ["processor": machine, "cores": "2", "broker": "Kafka"])
    for figure in figures {
        for value in figure.rounds { run.note(figure.name, value, figure.unit, figure.role, figure.better) }
    }
    return run
}

private func rate(_ rounds: [Double], _ role: Figure.Role = .ours) -> Figure { Figure("ingest.rate", "1/s", role, .higher, rounds: rounds) }
private func limit(_ rounds: [Double]) -> Figure { Figure("ingest.bare.rate", "1/s", .limit, .higher, rounds: rounds) }

@Suite struct `a comparison of two runs` {
    private func verdict(_ before: [Double], _ after: [Double], better: Figure.Better = .higher, role: Figure.Role = .ours) -> Comparison.Verdict? {
        let old = Figure("x.y", "", role, better, rounds: before), new = Figure("x.y", "", role, better, rounds: after)
        return Comparison(run("m", old), run("m", new), threshold: 0.05).lines.first?.verdict
    }

    @Test func `takes what overlaps for noise, however far the medians are apart`() {
        #expect(verdict([80, 100, 120], [40, 45, 81]) == .noise)
    }

    @Test func `takes what is within the threshold for noise, however narrow the rounds`() {
        #expect(verdict([100, 100, 100], [96, 96, 96]) == .noise)
        #expect(verdict([100, 100, 100], [94, 94, 94]) == .worse)
    }

    @Test func `knows which way is better`() {
        #expect(verdict([100, 101, 102], [120, 121, 122]) == .better)
        #expect(verdict([100, 101, 102], [120, 121, 122], better: .lower) == .worse)
        #expect(verdict([100, 101, 102], [80, 81, 82]) == .worse)
        #expect(verdict([100, 101, 102], [80, 81, 82], better: .lower) == .better)
    }

    @Test func `sees the first allocation where there was none`() {
        #expect(verdict([0, 0, 0], [1, 1, 1], better: .lower) == .worse)
        #expect(verdict([0, 0, 0], [0, 0, 0], better: .lower) == .noise)
    }

    @Test func `does not judge from fewer than three rounds, nor what is only told`() {
        #expect(verdict([100, 100], [10, 10, 10]) == .tooFewRounds)
        #expect(verdict([100, 100, 100], [10, 10]) == .tooFewRounds)
        #expect(verdict([100, 100, 100], [10, 10, 10], role: .note) == .told)
    }

    @Test func `never blames us for a limit that fell, nor for what fell with it`() {
        let comparison = Comparison(
            run("m", rate([100, 100, 100]), limit([200, 200, 200])), run("m", rate([50, 50, 50]), limit([100, 100, 100])), threshold: 0.05)
        #expect(comparison.lines.map(\.verdict) == [.elsewhere, .elsewhere] && !comparison.hasRegression)
    }

    @Test func `blames us when we fell and the limit did not`() {
        let comparison = Comparison(
            run("m", rate([100, 100, 100]), limit([200, 201, 202])), run("m", rate([50, 50, 50]), limit([199, 201, 203])), threshold: 0.05)
        #expect(comparison.hasRegression)
    }

    @Test func `judges ratios on any machine and absolute figures on the same one only`() {
        #expect(!Comparison(run("one", rate([100, 100, 100])), run("other", rate([50, 50, 50])), threshold: 0.05).hasRegression)
        #expect(Comparison(run("one", rate([1, 1, 1], .ratio)), run("other", rate([0.5, 0.5, 0.5], .ratio)), threshold: 0.05).hasRegression)
    }

    @Test func `tells what is new and what is gone without blame`() {
        let comparison = Comparison(run("m", limit([1, 1, 1])), run("m", rate([1, 1, 1])), threshold: 0.05)
        #expect(comparison.lines.map(\.verdict) == [.missing, .added] && !comparison.hasRegression)
    }
}

@Suite struct `a run` {
    @Test func `is read back as it was written`() throws {
        let run = run("m", rate([3, 1, 2]), limit([0.1, 0.25, 1e9]))
        #expect(try BenchRun(decoding: run.encoded()) == run)
        #expect(String(decoding: try run.encoded(), as: UTF8.self).contains("\"median\" : 2"))
    }

    @Test func `is refused when it is none, or of another form`() throws {
        #expect(throws: BenchRun.Fault.self) { try BenchRun(decoding: Data("{}".utf8)) }
        let later = String(decoding: try run().encoded(), as: UTF8.self).replacing("\"format\" : 1", with: "\"format\" : 2")
        #expect(throws: BenchRun.Fault.self) { try BenchRun(decoding: Data(later.utf8)) }
    }

    @Test func `leaves out what is no number`() {
        var run = run()
        run.note("x.y", .nan, "", .ours, .higher)
        run.note("x.y", .infinity, "", .ours, .higher)
        #expect(run.figures.isEmpty)
    }
}

@Suite struct `a spread` {
    @Test(arguments: [([], 0.0, 0.0, 0.0), ([7], 7, 7, 7), ([9, 1], 5, 1, 9), ([3, 1, 2], 2, 1, 3), ([4, 1, 3, 2], 2.5, 1, 4)])
    func `has the middle one, or the middle of two`(rounds: [Double], median: Double, least: Double, most: Double) {
        let spread = Spread(rounds)
        #expect(spread.median == median && spread.least == least && spread.most == most)
    }
}

@Suite struct `warmth` {
    private func fed(_ rates: [Double], mostSlabs: Int = 100) -> Warmth {
        var warmth = Warmth(mostSlabs: mostSlabs)
        for rate in rates { warmth.note(rate: rate) }
        return warmth
    }

    @Test func `comes when three slabs in a row are as fast as any`() {
        #expect(!fed([200, 3000, 9000, 20_000, 21_000]).isEnough)
        #expect(fed([200, 3000, 9000, 20_000, 21_000, 19_500]).isSteady)
    }

    @Test func `is not taken from a steady cold pace that ends in a leap`() {
        #expect(!fed([200, 210, 20_000]).isSteady)
        #expect(!fed([20_000, 19_000, 4000]).isSteady)
    }

    @Test func `is waited for no longer than the limit`() {
        let warmth = fed([1, 10, 100, 1000], mostSlabs: 4)
        #expect(!warmth.isSteady && warmth.isEnough)
    }
}
