import Worker

/// What PostgreSQL does for the workers, as far as promises rest on it: the fence of a lane, the inbox, the effects. Transactions are whole or nothing.
struct ModelDatabase {
    /// What the model leaves out on purpose, to see that the simulation would notice.
    enum Flaw { case noFence, noInbox }

    private struct Known {
        var attempt: Int
        var body: Int
        var isDead: Bool
    }

    let flaw: Flaw?
    private var epochs: [Int32: Int64] = [:]
    private var inbox: [Int: Known] = [:]
    /// How often an event with a body took effect.
    private(set) var effects: [Int: [Int: Int]] = [:]
    private(set) var deadLetters: Set<Int> = []

    init(flaw: Flaw? = nil) { self.flaw = flaw }

    /// `worker.take_lane`
    mutating func take(_ lane: Int32) -> Int64 {
        epochs[lane, default: 0] += 1
        return epochs[lane] ?? 0
    }

    /// One transaction of a lane.
    ///
    /// - Returns: nil when it is committed, else what the SQLSTATE would tell.
    /// - Throws: `Violation` when somebody wrote who does not own the lane.
    mutating func run(_ events: ArraySlice<ModelEvent>, faults: [Int: RecordFault], lane: Int32, epoch: Int64) throws(Violation) -> Remedy? {
        if epochs[lane] != epoch {
            guard flaw == .noFence else { return .retake }
            throw Violation("a former owner of lane \(lane) wrote under epoch \(epoch), now is \(epochs[lane] ?? 0)")
        }
        for index in events.indices where events[index].isPoison && faults[index] == nil { return .split }
        for index in events.indices { note(events[index], isLetter: faults[index] != nil) }
        return nil
    }

    /// As `inbox.sql` decides it.
    private mutating func note(_ event: ModelEvent, isLetter: Bool) {
        if isLetter { deadLetters.insert(event.id) }
        if let known = inbox[event.id], flaw != .noInbox {
            guard event.attempt > known.attempt && event.body != known.body || known.isDead && !isLetter else { return }
        }
        inbox[event.id] = Known(attempt: event.attempt, body: event.body, isDead: isLetter)
        if !isLetter { effects[event.id, default: [:]][event.body, default: 0] += 1 }
    }

    func knows(_ id: Int) -> Bool { inbox[id] != nil }
    func body(of id: Int) -> Int? { inbox[id]?.body }
}
