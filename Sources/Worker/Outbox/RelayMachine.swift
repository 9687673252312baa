/// Decides what a relay does next: which shards it holds, what it sends, what it deletes, when it waits, how it ends. A pure machine; `OutboxRelay` does what it says.
///
/// There is no cursor. A row is in the table until the broker has it, and what is read is always the first rows that are not in hand: one that commits late,
/// behind rows with greater positions, is found by the next reading.
package struct RelayMachine {
    /// What is to be done next.
    package enum Action: Equatable {
        /// Connect, say that we are one of the relays, and listen; then `connected` or `connectionLost`.
        case connect
        /// Look who holds which shard; then `looked`.
        case look
        /// Try the locks of these; then `took`.
        case take([Int])
        /// Let go of the locks of these; then `gave`.
        case give([Int])
        /// In one transaction delete these rows and read the first ones of these shards that are not in hand; then `exchanged`.
        case exchange(delete: [Deletion], read: [Int])
        /// Hand this row to the producer; `reported` follows in its time.
        case send(OutboxRow, ticket: UInt)
        /// Forget whatever is in the producer's hands: another process may be sending it already.
        case purge
        /// Nothing to do before this time, unless a report or a hint comes.
        case wait(until: Double)
        /// Close the connection; there is nothing left to be done.
        case end
    }

    /// A row to delete.
    package struct Deletion: Hashable, Sendable {
        package let shard: Int
        package let position: Int64

        package init(shard: Int, position: Int64) {
            self.shard = shard
            self.position = position
        }
    }

    /// How much, how often.
    package struct Limits: Sendable {
        /// Rows of a shard that one reading brings at most.
        package var page = 250
        /// Rows of a shard in hand at most; reading goes on below half a page, or below this where keys are held back.
        package var held = 2500
        /// Rows in the producer's hands at most.
        package var inFlight = 2000
        /// Seconds between two looks at the locks.
        package var lookEvery = 0.5
        /// Seconds between two readings at least, unless there is known to be more: hints may come with every transaction.
        package var readGap = 0.005
        /// Seconds between two readings without a hint.
        package var readEvery = 1.0

        package init() {}
    }

    private let limits: Limits
    private var random: any RandomNumberGenerator
    /// By number; nil for those that are not ours.
    private var shards: [HeldShard?] = Array(repeating: nil, count: ShardView.shards)
    /// The numbers of ours, rising, and which of them is the next to send.
    private var order: [Int] = []
    private var turn = 0
    private var flights: [UInt: (shard: Int, key: String, topic: String)] = [:]
    private var lastTicket: UInt = 0
    /// Our server process; nil while there is no connection.
    private var member: Int32?
    private var connectBackoff = Backoff(first: 0.1, most: 10)
    private var connectAt = -Double.infinity
    private var lookAt = -Double.infinity
    private var readAt = -Double.infinity
    /// No reading for a hint before.
    private var hintAt = -Double.infinity
    private var wanted: [Int] = []
    private var mustPurge = false
    private var isDraining = false

    package init(_ limits: Limits = Limits(), random: any RandomNumberGenerator = SystemRandomNumberGenerator()) {
        self.limits = limits
        self.random = random
    }

    // MARK: what to do

    /// - Parameter now: seconds on any clock that only goes forward.
    package mutating func next(now: Double) -> Action {
        if mustPurge {
            mustPurge = false
            return .purge
        }
        guard member != nil else {
            if isDraining { return .end }
            return now >= connectAt ? .connect : .wait(until: connectAt)
        }
        if let row = nextRow(now: now) { return row }
        if let exchange = nextExchange(now: now) { return exchange }
        let leaving = order.filter { (shards[$0]?.isLeaving == true || isDraining) && shards[$0]?.inFlight == 0 }
        if isDraining { return leaving.count == order.count ? .end : .wait(until: .infinity) }
        if !leaving.isEmpty { return .give(leaving) }
        if !wanted.isEmpty {
            defer { wanted = [] }
            return .take(wanted)
        }
        if now >= lookAt {
            lookAt = now + limits.lookEvery
            return .look
        }
        return .wait(until: min(lookAt, readAt, nextHint(now), nextWake))
    }

    /// When a reading that only waits for its time may be made.
    private func nextHint(_ now: Double) -> Double {
        hintAt > now && order.contains { shards[$0]?.wantsReading == true && shards[$0]?.isLeaving == false } ? hintAt : .infinity
    }

    /// When a key that is held back may go on, if that is all it waits for.
    private var nextWake: Double {
        guard flights.count < limits.inFlight else { return .infinity }
        return order.reduce(.infinity) { shards[$1]?.isLeaving == false ? min($0, shards[$1]?.nextWake ?? .infinity) : $0 }
    }

    /// One row of each shard in turn.
    private mutating func nextRow(now: Double) -> Action? {
        guard !isDraining, flights.count < limits.inFlight else { return nil }
        for step in order.indices {
            let number = order[(turn + step) % order.count]
            guard shards[number]?.isLeaving == false, let row = shards[number]?.takeNext(now: now) else { continue }
            turn = (turn + step + 1) % order.count
            lastTicket += 1
            flights[lastTicket] = (number, row.key, row.topic)
            return .send(row, ticket: lastTicket)
        }
        return nil
    }

    private mutating func nextExchange(now: Double) -> Action? {
        if now >= readAt {
            readAt = now + limits.readEvery
            hinted()
        }
        var deletions: [Deletion] = [], read: [Int] = []
        for number in order {
            shards[number]?.acknowledged.forEach { deletions.append(Deletion(shard: number, position: $0)) }
            if !isDraining, shards[number]?.wantsRows(page: limits.page, held: limits.held, isHintDue: now >= hintAt) == true { read.append(number) }
        }
        if !read.isEmpty { hintAt = now + limits.readGap }
        return deletions.isEmpty && read.isEmpty ? nil : .exchange(delete: deletions, read: read)
    }

    /// The positions in hand of a shard: what a reading leaves out.
    package func known(in shard: Int) -> Set<Int64> { shards[shard]?.known ?? [] }

    /// The most rows that one reading brings of a shard.
    package var page: Int { limits.page }

    /// The shards that are ours.
    package var held: [Int] { order }

    /// Rows in the producer's hands.
    package var inFlight: Int { flights.count }

    /// Where a row in the producer's hands goes; nil when its ticket is no longer ours.
    package func topic(of ticket: UInt) -> String? { flights[ticket]?.topic }

    // MARK: what has happened

    /// - Parameter member: our server process.
    package mutating func connected(member: Int32) {
        self.member = member
        connectBackoff.reset()
        lookAt = -.infinity
    }

    /// The connection is gone and with it our locks; or there was none to be had. Whoever takes the shards sends what we had not deleted.
    package mutating func connectionLost(now: Double) {
        if member != nil { mustPurge = !flights.isEmpty }
        member = nil
        shards = Array(repeating: nil, count: ShardView.shards)
        order = []
        flights = [:]
        wanted = []
        connectAt = now + connectBackoff.next(&random)
    }

    /// Takes or gives up shards until ours is a fair share.
    package mutating func looked(_ view: ShardView) {
        guard let member, view.members.contains(member) else { return }
        let quota = view.quota(of: member)
        var staying = order.filter { shards[$0]?.isLeaving == false }
        for number in order where shards[number]?.isLeaving == true && staying.count < quota {
            shards[number]?.isLeaving = false
            staying.append(number)
        }
        for number in staying.dropFirst(quota) { shards[number]?.isLeaving = true }
        wanted = Array(view.free(for: member).filter { shards[$0] == nil }.prefix(max(0, quota - staying.count)))
    }

    /// These locks are ours now; of the others that were tried somebody was faster.
    package mutating func took(_ numbers: [Int]) {
        for number in numbers where shards[number] == nil { shards[number] = HeldShard() }
        order = shards.indices.filter { shards[$0] != nil }
    }

    package mutating func gave(_ numbers: [Int]) {
        for number in numbers { shards[number] = nil }
        order = shards.indices.filter { shards[$0] != nil }
    }

    /// The rows are deleted and the shards were read.
    ///
    /// - Parameters:
    ///   - deleted: what `exchange` said.
    ///   - read: what `exchange` said.
    ///   - rows: in the order of their positions within each shard.
    package mutating func exchanged(deleted: [Deletion], read: [Int], rows: [OutboxRow]) {
        for (number, group) in Dictionary(grouping: deleted, by: \.shard) { shards[number]?.forget(group.map(\.position)) }
        let found = Dictionary(grouping: rows, by: \.shard)
        for number in read {
            let rows = found[number] ?? []
            shards[number]?.add(rows)
            // A full page may not have been all.
            let isFull = rows.count >= limits.page
            shards[number]?.isFull = isFull
            shards[number]?.wantsReading = isFull
        }
    }

    /// The producer has reported on a row.
    ///
    /// - Parameter isWritten: whether the broker has it.
    package mutating func reported(_ ticket: UInt, isWritten: Bool, now: Double) {
        // One of an earlier connection belongs to somebody else now.
        guard let flight = flights.removeValue(forKey: ticket) else { return }
        if isWritten { shards[flight.shard]?.acknowledge(flight.key) } else { shards[flight.shard]?.fail(flight.key, now: now, &random) }
    }

    /// The producer is of no use any more: what was in its hands may or may not be written, and is sent again.
    package mutating func producerLost(now: Double) { for ticket in flights.keys.sorted() { reported(ticket, isWritten: false, now: now) } }

    /// There may be new rows.
    package mutating func hinted() { for number in order { shards[number]?.wantsReading = true } }

    /// Nothing more is sent; what is in flight is finished.
    package mutating func drain() {
        isDraining = true
        wanted = []
    }
}
