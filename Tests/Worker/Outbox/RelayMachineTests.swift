import Events
import Testing
import Worker

@Suite struct RelayMachineTests {
    static func row(_ position: Int64, key: String, shard: Int = 0) -> OutboxRow {
        OutboxRow(position: position, shard: shard, id: "\(key)@\(position)", topic: "t", key: key, type: "t", occurredAt: Timestamp(seconds: 0), body: [])
    }

    /// A machine that is connected and holds shard 0, whose first reading brought these rows.
    static func machine(holding rows: [OutboxRow], _ limits: RelayMachine.Limits = RelayMachine.Limits()) -> RelayMachine {
        var machine = RelayMachine(limits)
        #expect(machine.next(now: 0) == .connect)
        machine.connected(member: 7)
        #expect(machine.next(now: 0) == .look)
        machine.looked(ShardView(members: [7], holders: Dictionary(uniqueKeysWithValues: (1..<16).map { ($0, 8) })))
        #expect(machine.next(now: 0) == .take([0]))
        machine.took([0])
        #expect(machine.next(now: 0) == .exchange(delete: [], read: [0]))
        machine.exchanged(deleted: [], read: [0], rows: rows)
        return machine
    }

    /// The positions it sends now, with their tickets.
    static func sends(_ machine: inout RelayMachine, now: Double = 0) -> [(position: Int64, ticket: UInt)] {
        var sent: [(Int64, UInt)] = []
        var copy = machine
        while case .send(let row, let ticket) = copy.next(now: now) {
            sent.append((row.position, ticket))
            machine = copy
        }
        return sent
    }

    @Test func `sends the first row of each key, and the next one only after the answer`() {
        var machine = Self.machine(holding: [Self.row(1, key: "a"), Self.row(2, key: "a"), Self.row(3, key: "b")])
        let first = Self.sends(&machine)
        #expect(first.map(\.position) == [1, 3])
        machine.reported(first[0].ticket, isWritten: true, now: 0)
        #expect(Self.sends(&machine).map(\.position) == [2])
    }

    @Test func `deletes what was acknowledged and nothing else`() {
        var machine = Self.machine(holding: [Self.row(1, key: "a"), Self.row(2, key: "b")])
        let sent = Self.sends(&machine)
        machine.reported(sent[1].ticket, isWritten: true, now: 0)
        #expect(machine.next(now: 0) == .exchange(delete: [RelayMachine.Deletion(shard: 0, position: 2)], read: []))
        machine.exchanged(deleted: [RelayMachine.Deletion(shard: 0, position: 2)], read: [], rows: [])
        #expect(machine.known(in: 0) == [1])
    }

    @Test func `a failed row is tried again later, before those of its key behind it, while other keys go on`() {
        var machine = Self.machine(holding: [Self.row(1, key: "a"), Self.row(2, key: "a"), Self.row(3, key: "b"), Self.row(4, key: "b")])
        let sent = Self.sends(&machine)
        machine.reported(sent[0].ticket, isWritten: false, now: 0)
        machine.reported(sent[1].ticket, isWritten: true, now: 0)
        #expect(Self.sends(&machine).map(\.position) == [4])
        #expect(Self.sends(&machine, now: 0.2).map(\.position) == [1])
    }

    @Test func `asks again for shards that had more than a page, at once; otherwise when told or in its time`() {
        var limits = RelayMachine.Limits()
        limits.page = 2
        var machine = Self.machine(holding: [Self.row(1, key: "a"), Self.row(2, key: "b")], limits)
        for (_, ticket) in Self.sends(&machine) { machine.reported(ticket, isWritten: true, now: 0) }
        let deleted = [1, 2].map { RelayMachine.Deletion(shard: 0, position: $0) }
        #expect(machine.next(now: 0) == .exchange(delete: deleted, read: [0]))
        machine.exchanged(deleted: deleted, read: [0], rows: [])
        #expect(machine.next(now: 0.01) == .wait(until: 0.5))
        machine.hinted()
        #expect(machine.next(now: 0.02) == .exchange(delete: [], read: [0]))
        machine.exchanged(deleted: [], read: [0], rows: [])
        #expect(machine.next(now: 1.1) == .exchange(delete: [], read: [0]))
    }

    @Test func `many hints in one moment are one reading`() {
        var machine = Self.machine(holding: [])
        machine.hinted()
        #expect(machine.next(now: 0.001) == .wait(until: 0.005))
        machine.hinted()
        #expect(machine.next(now: 0.006) == .exchange(delete: [], read: [0]))
    }

    @Test func `gives a shard back only when nothing of it is in flight and all that was written is deleted`() {
        var machine = Self.machine(holding: [Self.row(1, key: "a"), Self.row(2, key: "a")])
        let sent = Self.sends(&machine)
        #expect(machine.next(now: 0.6) == .look)
        // Sixteen others came: our share is nothing, and ours has the greatest number.
        machine.looked(ShardView(members: [7] + Array(-16 ... -1), holders: [0: 7]))
        if case .wait = machine.next(now: 0.6) {} else { Issue.record("it does not wait for the answer") }
        machine.reported(sent[0].ticket, isWritten: true, now: 0.6)
        #expect(machine.next(now: 0.6) == .exchange(delete: [RelayMachine.Deletion(shard: 0, position: 1)], read: []))
        machine.exchanged(deleted: [RelayMachine.Deletion(shard: 0, position: 1)], read: [], rows: [])
        #expect(machine.next(now: 0.6) == .give([0]))
        machine.gave([0])
        #expect(machine.held.isEmpty)
    }

    @Test func `forgets everything with the connection, purges what is in flight, and ignores its answers`() {
        var machine = Self.machine(holding: [Self.row(1, key: "a")])
        let sent = Self.sends(&machine)
        machine.connectionLost(now: 1)
        #expect(machine.held.isEmpty && machine.inFlight == 0)
        #expect(machine.next(now: 1) == .purge)
        machine.reported(sent[0].ticket, isWritten: true, now: 1)
        guard case .wait(let until) = machine.next(now: 1) else {
            Issue.record("it does not wait")
            return
        }
        #expect(until > 1 && until <= 1.1)
        #expect(machine.next(now: until) == .connect)
    }

    @Test func `a drain sends nothing more, waits for answers, deletes, and ends`() {
        var machine = Self.machine(holding: [Self.row(1, key: "a"), Self.row(2, key: "a")])
        let sent = Self.sends(&machine)
        machine.drain()
        #expect(machine.next(now: 0) == .wait(until: .infinity))
        machine.reported(sent[0].ticket, isWritten: true, now: 0)
        #expect(machine.next(now: 0) == .exchange(delete: [RelayMachine.Deletion(shard: 0, position: 1)], read: []))
        machine.exchanged(deleted: [RelayMachine.Deletion(shard: 0, position: 1)], read: [], rows: [])
        #expect(machine.next(now: 0) == .end)
    }

    @Test func `shards take turns, so that a full one does not starve the others`() {
        var machine = RelayMachine()
        _ = machine.next(now: 0)
        machine.connected(member: 7)
        _ = machine.next(now: 0)
        machine.looked(ShardView(members: [7], holders: [:]))
        _ = machine.next(now: 0)
        machine.took([0, 1])
        _ = machine.next(now: 0)
        machine.exchanged(deleted: [], read: [0, 1], rows: (1...3).map { Self.row($0, key: "a\($0)") } + (4...6).map { Self.row($0, key: "b\($0)", shard: 1) })
        #expect(Self.sends(&machine).map(\.position) == [1, 4, 2, 5, 3, 6])
    }

    @Test func `never waits for a time that has passed, whatever it waits for`() {
        var limits = RelayMachine.Limits()
        limits.inFlight = 1
        var machine = Self.machine(holding: [Self.row(1, key: "a"), Self.row(2, key: "b")], limits)
        let first = Self.sends(&machine)
        machine.reported(first[0].ticket, isWritten: false, now: 0)
        // The other key takes the one place; the first one's time comes and passes.
        #expect(Self.sends(&machine).map(\.position) == [2])
        for now in stride(from: 0.1, to: 5, by: 0.3) {
            switch machine.next(now: now) {
            case .wait(let until): #expect(until > now)
            case .look: machine.looked(ShardView(members: [7], holders: [0: 7]))
            case .take: break
            case .exchange(_, let read): machine.exchanged(deleted: [], read: read, rows: [])
            case let other: Issue.record("it does \(other)")
            }
        }
    }
}
