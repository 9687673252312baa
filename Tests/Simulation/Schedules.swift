import Foundation
import Simulator

/// How many schedules are run and from which seed: `NICOBAR_SIMULATION_SCHEDULES` and `NICOBAR_SEED`. The same seed gives the same schedules.
enum Schedules {
    static let count = ProcessInfo.processInfo.environment["NICOBAR_SIMULATION_SCHEDULES"].flatMap { Int($0) } ?? 2000
    static let seed = ProcessInfo.processInfo.environment["NICOBAR_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)

    /// Runs schedules until one finds a violation.
    ///
    /// - Parameter run: runs the schedule of a seed; throws what it found.
    /// - Returns: nil when none was found, else the finding with the number of its schedule.
    static func firstViolation(_ count: Int = count, seed: UInt64 = seed, _ run: (SplitMix64) throws(Violation) -> Void) -> (number: Int, violation: Violation)? {
        for number in 0..<count {
            do throws(Violation) { try run(SplitMix64(seed: seed, part: UInt64(number))) } catch { return (number, error) }
        }
        return nil
    }
}

/// A promise that a schedule has found broken.
struct Violation: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension SplitMix64 {
    /// True with a probability of `percent` in a hundred.
    mutating func percent(_ percent: Int) -> Bool { below(100) < percent }

    /// A whole number from 0 up to, not including, the bound.
    mutating func below(_ bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }
}
