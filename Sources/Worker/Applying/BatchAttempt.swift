/// The way of one batch into the database: which of its records go into the next transaction, and what follows when that fails. A pure machine.
///
/// A batch whose transaction fails because of a record is halved until that record is alone; then it is parked with a transaction of its own.
package struct BatchAttempt {
    /// What is to be done next.
    package enum Step: Equatable {
        /// The lane has no epoch of ours: take it.
        case takeLane
        /// One transaction with these records, by index, of which some are known to be at fault.
        case run(Range<Int>, faults: [Int: RecordFault], epoch: Int64)
        /// All of it is in the database.
        case done
    }

    /// What to wait for before the next step.
    package enum Pause: Equatable {
        case none
        /// The world to get better.
        case backOff
        /// The group to say who owns the lane: somebody else took it.
        case ownership
    }

    /// Parts still to be applied, the next one last.
    private var parts: [Range<Int>]
    /// What is known to be wrong with the one record of the next part.
    private var faults: [Int: RecordFault] = [:]
    /// The epoch under which the lane is held; nil when it is not.
    package private(set) var epoch: Int64?

    package init(count: Int, epoch: Int64?) {
        parts = count == 0 ? [] : [0..<count]
        self.epoch = epoch
    }

    package var step: Step {
        guard let part = parts.last else { return .done }
        guard let epoch else { return .takeLane }
        return .run(part, faults: faults, epoch: epoch)
    }

    /// The lane is ours under this epoch.
    package mutating func took(_ epoch: Int64) { self.epoch = epoch }

    /// The transaction of the last step is committed.
    package mutating func applied() {
        parts.removeLast()
        faults.removeAll()
    }

    /// The last step failed.
    ///
    /// - Parameters:
    ///   - remedy: what helps.
    ///   - fault: what to park a record with that is found to be at fault.
    package mutating func failed(_ remedy: Remedy, fault: @autoclosure () -> RecordFault) -> Pause {
        switch remedy {
        case .wait: return .backOff
        case .retake:
            epoch = nil
            return .ownership
        case .split:
            guard let part = parts.last else { return .backOff }
            if part.count > 1 {
                let middle = part.lowerBound + part.count / 2
                parts[parts.count - 1] = middle..<part.upperBound
                parts.append(part.lowerBound..<middle)
                return .none
            }
            // Already to be parked and still refused: then it is not the record that is wrong.
            guard faults.isEmpty else { return .backOff }
            faults[part.lowerBound] = fault()
            return .none
        }
    }
}
