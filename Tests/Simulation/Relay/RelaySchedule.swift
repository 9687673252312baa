import Simulator
import Worker

/// One seeded life of a few relays: rows commit in time and late, relays join, drain, hang and are killed, connections break, brokers refuse or stay silent and may
/// have written nevertheless. At the end the weather is good, and everything must come out right.
struct RelaySchedule {
    /// A relay: the real machine, and what its shell would hold.
    private final class Relay {
        let name: Int
        var machine: RelayMachine
        var session: Int32?
        var flights: [(ticket: UInt, row: OutboxRow)] = []
        var isDraining = false
        var isFrozen = false
        var waitsUntil = -Double.infinity

        init(_ name: Int, _ dice: SplitMix64) {
            self.name = name
            var limits = RelayMachine.Limits()
            limits.page = 4
            limits.held = 12
            limits.inFlight = 5
            machine = RelayMachine(limits, random: dice)
        }
    }

    /// What is left out on purpose, to see that the simulation would notice.
    enum Flaw { case deletesWhatItSent, readsBehindACursor }

    private var dice: SplitMix64
    private var outbox = ModelOutbox()
    private var relays: [Relay] = []
    private var names = 0
    private var now = 0.0
    /// What the broker has, by key, in order; and by which position it was there first.
    private var told: [String: [Int64]] = [:]
    private var isTold: Set<Int64> = []
    private var isCalm = true
    private let flaw: Flaw?
    private var cursor: [Int: Int64] = [:]

    init(_ dice: SplitMix64, flaw: Flaw? = nil) {
        self.dice = dice
        self.flaw = flaw
    }

    mutating func run(calm: Bool = false) throws(Violation) {
        for _ in 0..<(1 + dice.below(3)) { start() }
        let steps = 80 + dice.below(150)
        for _ in 0..<steps {
            if dice.percent(15) { outbox.begin((0..<(1 + dice.below(3))).map { _ in ModelOutbox.keys[dice.below(ModelOutbox.keys.count)] }) }
            if outbox.openTransactions > 0, dice.percent(15) { outbox.commit(dice.below(outbox.openTransactions)) }
            if !calm, dice.percent(4) { trouble() }
            try step(faults: !calm)
        }
        try finish(calm: calm)
    }

    private mutating func start() {
        names += 1
        relays.append(Relay(names, SplitMix64(seed: dice.next())))
    }

    private mutating func trouble() {
        guard let relay = relays.randomElement(using: &dice) else { return }
        isCalm = false
        switch dice.below(5) {
        case 0: start()
        case 1: relay.isDraining = true
        case 2: relay.isFrozen.toggle()
        case 3:
            // The session ends on the server; the relay finds out when it next asks.
            if let session = relay.session { outbox.close(session) }
        default: remove(relay, writing: true)
        }
    }

    /// The process is gone; what it had sent may still be written.
    private mutating func remove(_ relay: Relay, writing: Bool) {
        if writing { for flight in relay.flights where dice.percent(50) { adrift.append(flight.row) } }
        if let session = relay.session { outbox.close(session) }
        relays.removeAll { $0 === relay }
        if relays.isEmpty { start() }
    }

    private mutating func write(_ row: OutboxRow) {
        if isTold.insert(row.position).inserted { told[row.key, default: []].append(row.position) }
        writes += 1
    }

    private var writes = 0
    /// Sent by one who no longer waits for the answer; the broker may write it yet.
    private var adrift: [OutboxRow] = []

    private mutating func step(faults: Bool) throws(Violation) {
        now += Double(dice.below(20)) / (faults ? 1000 : 100)
        if !adrift.isEmpty, dice.percent(10) { write(adrift.remove(at: dice.below(adrift.count))) }
        guard let relay = relays.randomElement(using: &dice), !relay.isFrozen else { return }
        if !relay.flights.isEmpty, dice.percent(40) { report(relay, faults: faults) }
        if faults, dice.percent(2), outbox.openTransactions == 0 { relay.machine.hinted() }
        if relay.isDraining { relay.machine.drain() }
        try act(relay, faults: faults)
    }

    /// The broker answers for one message, of any key.
    private mutating func report(_ relay: Relay, faults: Bool) {
        let flight = relay.flights.remove(at: dice.below(relay.flights.count))
        let isWritten = !faults || dice.percent(80)
        // No answer is not a no: it may be written, now or later.
        if isWritten { write(flight.row) } else if dice.percent(50) { adrift.append(flight.row) }
        relay.machine.reported(flight.ticket, isWritten: isWritten, now: now)
        if !isWritten { isCalm = false }
    }

    private mutating func act(_ relay: Relay, faults: Bool) throws(Violation) {
        let action = relay.machine.next(now: now)
        if case .wait = action { return }
        if case .purge = action {
            for flight in relay.flights where dice.percent(50) { adrift.append(flight.row) }
            relay.flights = []
            return
        }
        if case .send(let row, let ticket) = action {
            relay.flights.append((ticket, row))
            if flaw == .deletesWhatItSent { relay.machine.reported(ticket, isWritten: true, now: now) }
            return
        }
        if case .end = action { return remove(relay, writing: false) }
        if case .connect = action {
            guard !faults || dice.percent(80) else { return relay.machine.connectionLost(now: now) }
            let session = outbox.connect(relay.name)
            relay.session = session
            return relay.machine.connected(member: session)
        }
        // All else asks the database.
        guard let session = relay.session, outbox.sessions[session] != nil, !faults || dice.percent(97) else {
            if let session = relay.session { outbox.close(session) }
            relay.session = nil
            isCalm = false
            return relay.machine.connectionLost(now: now)
        }
        switch action {
        case .look: relay.machine.looked(outbox.view)
        case .take(let shards): relay.machine.took(outbox.take(shards, by: session))
        case .give(let shards):
            outbox.give(shards, by: session)
            relay.machine.gave(shards)
        case .exchange(let delete, let read):
            for deletion in delete where !isTold.contains(deletion.position) { throw Violation("row \(deletion.position) was deleted, but no broker has it") }
            for shard in read + delete.map(\.shard) where outbox.view.holders[shard] != session { throw Violation("shard \(shard) is another's") }
            var known = read.reduce(into: Set<Int64>()) { $0.formUnion(relay.machine.known(in: $1)) }
            if flaw == .readsBehindACursor {
                for shard in read { known.formUnion((outbox.rows[shard] ?? []).map(\.position).filter { $0 <= cursor[shard] ?? 0 }) }
            }
            let rows = outbox.exchange(delete: delete, read: read, known: known, page: relay.machine.page)
            for row in rows { cursor[row.shard] = max(cursor[row.shard] ?? 0, row.position) }
            relay.machine.exchanged(deleted: delete, read: read, rows: rows)
        default: break
        }
    }

    /// Good weather until all is told; then the promises.
    private mutating func finish(calm: Bool) throws(Violation) {
        while outbox.openTransactions > 0 { outbox.commit(dice.below(outbox.openTransactions)) }
        for relay in relays { relay.isFrozen = false }
        var left = 20_000
        while !outbox.isEmpty || relays.contains(where: { $0.isDraining || !$0.flights.isEmpty }) {
            left -= 1
            guard left > 0 else { throw Violation("it never comes to an end: a row is stuck") }
            try step(faults: false)
        }
        for (key, positions) in outbox.committed {
            guard Set(told[key] ?? []) == Set(positions) else { throw Violation("of key \(key) rows were lost, or told without being committed") }
            guard told[key] == positions else { throw Violation("key \(key) was told in another order: \(told[key] ?? []) for \(positions)") }
        }
        if calm, writes != isTold.count { throw Violation("nothing went wrong, and still \(writes - isTold.count) rows were told twice") }
        // Shares come out even once nobody comes or goes.
        left = 300
        while left > 0, relays.map(\.machine.held.count).sorted() != outbox.view.members.map({ outbox.view.quota(of: $0) }).sorted() || outbox.view.members.count != relays.count {
            left -= 1
            for _ in 0..<20 { try step(faults: false) }
        }
        let held = relays.map(\.machine.held.count).sorted()
        guard held.reduce(0, +) == ShardView.shards, (held.last ?? 0) - (held.first ?? 0) <= 1 else { throw Violation("the shares are not fair: \(held)") }
    }
}
