import Testing
import Torture

/// The schedule of faults, before anything is started.
@Suite struct ScheduleTests {
    @Test func `the same seed gives the same schedule and another seed another one`() {
        #expect(Schedule(seed: 7, kills: 200, seconds: 600) == Schedule(seed: 7, kills: 200, seconds: 600))
        #expect(Schedule(seed: 7, kills: 200, seconds: 600) != Schedule(seed: 8, kills: 200, seconds: 600))
    }

    @Test(arguments: [9, 14, 200]) func `there are as many kills as asked for, of every kind of process, in order and in time`(kills: Int) {
        for seed in UInt64(0)..<50 {
            let schedule = Schedule(seed: seed, kills: kills, seconds: 300)
            #expect(schedule.kills == kills)
            #expect(schedule.entries.count == kills + kills / 2)
            #expect(Set(schedule.entries.filter { $0.fault.isKill }.compactMap(\.fault.victim)) == Set(Victim.allCases), "seed \(seed)")
            #expect(schedule.entries.map(\.at) == schedule.entries.map(\.at).sorted())
            #expect(schedule.entries.allSatisfy { $0.at >= 0 && $0.at < 300 })
        }
    }

    @Test func `over many seeds every kind of fault happens, and frozen workers stay away for longer than their session lasts`() {
        let faults = (UInt64(0)..<50).flatMap { Schedule(seed: $0, kills: 100, seconds: 300).entries.map(\.fault) }
        var kinds: Set<String> = [], ways: Set<Way> = []
        for fault in faults {
            if let way = fault.way { ways.insert(way) }
            kinds.insert(fault.description.prefix { $0 != " " }.lowercased())
            if case .freeze(let victim, let seconds) = fault, Victim.workers.contains(victim) { #expect(seconds > Schedule.sessionSeconds) }
        }
        #expect(kinds == ["kill", "restart", "freeze", "cut", "refuse", "stall", "swallow", "slow"])
        #expect(ways == Set(Way.allCases))
    }
}
