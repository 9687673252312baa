import Simulator
import Testing

/// Lanes, batches, offsets, fencing, retries and drains, without threads, network or disk.
@Suite(.serialized) struct LaneSimulationTests {
    @Test func `whatever happens, nothing is lost, nothing is done twice, no offset runs ahead and no former owner writes`() {
        print("simulation of lanes: \(Schedules.count) schedules, NICOBAR_SEED=\(Schedules.seed)")
        let found = Schedules.firstViolation { (dice) throws(Violation) in
            var schedule = LaneSchedule(dice)
            try schedule.run()
        }
        #expect(found == nil, "schedule \(found?.number ?? 0) of NICOBAR_SEED=\(Schedules.seed): \(found?.violation.description ?? "")")
    }

    @Test(arguments: LaneSchedule.Trouble.allCases) func `the first step goes wrong, or the second, or the third, up to the last`(trouble: LaneSchedule.Trouble) throws {
        var number = 0
        repeat {
            number += 1
            var schedule = LaneSchedule(SplitMix64(seed: 4711))
            guard try schedule.run(failing: number, with: trouble) else { break }
        } while number < 2000
        #expect(number > 40)
    }

    @Test func `the same seed gives the same schedule`() {
        func story(_ seed: UInt64) -> String {
            var schedule = LaneSchedule(SplitMix64(seed: seed))
            do throws(Violation) { try schedule.run() } catch { return error.description }
            return schedule.fingerprint
        }
        #expect(story(7) == story(7))
        #expect(story(7) != story(8))
    }

    // A simulation that finds nothing proves something only when it finds what is there.

    @Test func `a worker that commits what it has only taken is found out`() {
        let found = Schedules.firstViolation(500) { (dice) throws(Violation) in
            var schedule = LaneSchedule(dice, flaw: .commitsWhatItTakes)
            try schedule.run()
        }
        #expect(found?.violation.description.contains("was committed") == true)
    }

    @Test func `a worker that goes on behind a failed batch is found out`() {
        let found = Schedules.firstViolation(500) { (dice) throws(Violation) in
            var schedule = LaneSchedule(dice, flaw: .skipsOnError)
            try schedule.run()
        }
        #expect(found != nil)
    }

    @Test func `a database without a fence is found out`() {
        let found = Schedules.firstViolation(500) { (dice) throws(Violation) in
            var schedule = LaneSchedule(dice, database: .noFence)
            try schedule.run()
        }
        #expect(found?.violation.description.contains("former owner") == true)
    }

    @Test func `a database without an inbox is found out`() {
        let found = Schedules.firstViolation(500) { (dice) throws(Violation) in
            var schedule = LaneSchedule(dice, database: .noInbox)
            try schedule.run()
        }
        // Which of the two is seen first is a matter of the seed.
        let seen = found?.violation.description ?? ""
        #expect(seen.contains("took effect") || seen.contains("did not end in its newest body"), "\(seen)")
    }
}
