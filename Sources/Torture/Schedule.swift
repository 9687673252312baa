import Simulator

/// What goes wrong when: a value computed from the seed before anything is started, so the same seed hurts in the same way.
package struct Schedule: Sendable, Equatable {
    /// A fault and when it is due, in seconds after the start.
    package struct Entry: Sendable, Equatable {
        package let at: Double
        package let fault: Fault
    }

    /// In order of time.
    package let entries: [Entry]

    /// A worker that is stopped for longer than this has lost its lanes when it goes on.
    package static let sessionSeconds = 3.0

    /// - Parameters:
    ///   - seed: names the schedule.
    ///   - kills: how many of the faults are SIGKILLs; half as many others come on top.
    ///   - seconds: how long the whole of it takes.
    package init(seed: UInt64, kills: Int, seconds: Double) {
        var random = SplitMix64(seed: seed, part: 0x7047)
        var victims = (0..<kills).map { index in
            // Each kind is hit at least once, as far as there are enough kills for that.
            index < Victim.allCases.count ? Victim.allCases[index] : Self.victim(&random)
        }
        victims.shuffle(using: &random)
        let pace = seconds / Double(max(1, kills))
        var entries = victims.enumerated().map { index, victim in
            Entry(at: pace * (Double(index) + Double.random(in: 0..<0.9, using: &random)), fault: .kill(victim))
        }
        for index in 0..<kills / 2 {
            let at = 2 * pace * (Double(index) + Double.random(in: 0..<0.9, using: &random))
            entries.append(Entry(at: at, fault: Self.lesser(&random)))
        }
        self.entries = entries.sorted { ($0.at, $0.fault.description) < ($1.at, $1.fault.description) }
    }

    package var kills: Int { entries.count { $0.fault.isKill } }

    /// PostgreSQL and the broker take everybody else out for seconds, so they are hit less often.
    private static func victim(_ random: inout SplitMix64) -> Victim {
        switch Int.random(in: 0..<100, using: &random) {
        case ..<14: .ingest
        case ..<24: .firstWorker
        case ..<34: .secondWorker
        case ..<48: .firstFulfilment
        case ..<62: .secondFulfilment
        case ..<73: .firstLicensing
        case ..<84: .secondLicensing
        case ..<94: .postgres
        default: .broker
        }
    }

    private static func lesser(_ random: inout SplitMix64) -> Fault {
        func seconds(_ range: ClosedRange<Double>, _ random: inout SplitMix64) -> Double { Double.random(in: range, using: &random) }
        let worker = Victim.workers[Int.random(in: 0..<Victim.workers.count, using: &random)]
        switch Int.random(in: 0..<100, using: &random) {
        case ..<36: return .freeze(worker, seconds: seconds((sessionSeconds + 1.5)...(sessionSeconds + 5), &random))
        case ..<43: return .freeze(.ingest, seconds: seconds(0.3...4, &random))
        case ..<48: return .freeze(.broker, seconds: seconds(0.3...4, &random))
        case ..<56: return .restart(worker)
        case ..<61: return .restart(.ingest)
        case ..<65: return .restart(.postgres)
        default: break
        }
        let way = Way.allCases[Int.random(in: 0..<Way.allCases.count, using: &random)]
        switch Int.random(in: 0..<100, using: &random) {
        case ..<25: return .cut(way)
        case ..<45: return .refuse(way, seconds: seconds(0.3...2, &random))
        case ..<65: return .stall(way, seconds: seconds(0.5...4, &random))
        case ..<85: return .swallow(way, seconds: seconds(0.1...1.5, &random))
        default: return .slow(way, milliseconds: Int.random(in: 5...80, using: &random), seconds: seconds(1...5, &random))
        }
    }
}
