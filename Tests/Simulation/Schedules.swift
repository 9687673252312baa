import Foundation
import Simulator
import Synchronization

/// How many schedules are run and from which seed: `NICOBAR_SIMULATION_SCHEDULES` and `NICOBAR_SEED`. The same seed gives the same schedules.
enum Schedules {
    static let count = ProcessInfo.processInfo.environment["NICOBAR_SIMULATION_SCHEDULES"].flatMap { Int($0) } ?? 2000
    static let seed = ProcessInfo.processInfo.environment["NICOBAR_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)

    /// Runs schedules on all processors, and looks for the first that finds a violation.
    ///
    /// - Parameter run: runs the schedule of a seed; throws what it found. Called from several threads.
    /// - Returns: nil when none was found, else the finding with the number of its schedule: the same for the same seed, whoever was faster.
    static func firstViolation(
        _ count: Int = count, seed: UInt64 = seed, _ run: @escaping @Sendable (SplitMix64) throws(Violation) -> Void
    ) -> (number: Int, violation: Violation)? {
        let next = Atomic(0), lowest = Atomic(count), first = Mutex<Violation?>(nil)
        DispatchQueue.concurrentPerform(iterations: ProcessInfo.processInfo.activeProcessorCount) { _ in
            while true {
                // Numbers are given out in order, so none below a violation is left out.
                let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard number < lowest.load(ordering: .relaxed) else { return }
                do throws(Violation) { try run(SplitMix64(seed: seed, part: UInt64(number))) } catch {
                    first.withLock { if lowest.min(number, ordering: .relaxed).newValue == number { $0 = error } }
                }
            }
        }
        return first.withLock { $0 }.map { (lowest.load(ordering: .relaxed), $0) }
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
