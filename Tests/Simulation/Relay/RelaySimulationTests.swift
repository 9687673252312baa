import Simulator
import Testing

/// The outbox's relays, without threads, network or disk.
@Suite(.serialized) struct RelaySimulationTests {
    @Test func `whatever happens, every committed row is told, each key in its order, none is deleted before, and shares come out even`() {
        print("simulation of relays: \(Schedules.count) schedules, NICOBAR_SEED=\(Schedules.seed)")
        let found = Schedules.firstViolation { (dice) throws(Violation) in
            var schedule = RelaySchedule(dice)
            try schedule.run()
        }
        #expect(found == nil, "schedule \(found?.number ?? 0) of NICOBAR_SEED=\(Schedules.seed): \(found?.violation.description ?? "")")
    }

    @Test func `where nothing goes wrong, nothing is told twice`() {
        let found = Schedules.firstViolation(Schedules.count / 4) { (dice) throws(Violation) in
            var schedule = RelaySchedule(dice)
            try schedule.run(calm: true)
        }
        #expect(found == nil, "schedule \(found?.number ?? 0) of NICOBAR_SEED=\(Schedules.seed): \(found?.violation.description ?? "")")
    }

    @Test func `a relay that deletes what it has only sent is found out`() {
        let found = Schedules.firstViolation(500) { (dice) throws(Violation) in
            var schedule = RelaySchedule(dice, flaw: .deletesWhatItSent)
            try schedule.run()
        }
        #expect(found?.violation.description.contains("no broker has it") == true)
    }

    @Test func `a relay that reads behind a cursor skips what commits late, and is found out`() {
        let found = Schedules.firstViolation(500) { (dice) throws(Violation) in
            var schedule = RelaySchedule(dice, flaw: .readsBehindACursor)
            try schedule.run()
        }
        #expect(found != nil)
    }
}
