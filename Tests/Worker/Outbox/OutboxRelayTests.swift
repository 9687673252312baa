import Events
import Foundation
import LibPQ
import Observability
import RdKafka
import TestKit
import Testing
import Worker

/// The relay over a real PostgreSQL and a broker.
@Suite(.timeLimit(.minutes(3))) struct OutboxRelayTests {
    static let empty = "select count(*) from worker.outbox"

    @Test func `what a transaction noted arrives as a CloudEvent, and is deleted`() async throws {
        let fixture = try await OutboxFixture(), relay = fixture.startRelay()
        try await fixture.write([("sub_1@1", "sub_1")])
        try await onThread {
            let connection = try Connection(fixture.database)
            try connection.execute("begin")
            _ = try connection.query(
                """
                insert into worker.outbox (id, worker, shard, topic, key, type, occurred_at, traceparent, body)
                values ('sub_2@1', 'fulfilment', worker.outbox_shard('sub_2'), $1, 'sub_2', 'nicobar.order.fulfilled', '2026-01-01T00:00:00.25Z', '00-trace-01', '{}')
                """, [.text(fixture.topic)])
            try connection.execute("commit")
            connection.close()
        }
        let told = try await fixture.told(atLeast: 2).sorted { $0.id < $1.id }
        try #require(told.count == 2)
        #expect(told[0].key == "sub_1" && told[0].body == #"{"id":"sub_1@1"}"#)
        let common = ["ce_specversion": "1.0", "ce_source": "/nicobar/live/fulfilment", "ce_type": "nicobar.order.fulfilled", "content-type": "application/json"]
        #expect(told[0].headers == common.merging(["ce_id": "sub_1@1", "ce_time": "2026-01-01T00:00:00.000000Z"]) { $1 })
        #expect(told[1].headers == common.merging(["ce_id": "sub_2@1", "ce_time": "2026-01-01T00:00:00.250000Z", "traceparent": "00-trace-01"]) { $1 })
        #expect(try await eventually { try await fixture.number(Self.empty) == 0 })
        #expect(await eventually { relay.metric("nicobar_outbox_relayed_total") == 2 })
        #expect(try await relay.stop())
    }

    @Test func `keys keep their order over many rounds`() async throws {
        let fixture = try await OutboxFixture()
        var limits = RelayMachine.Limits()
        limits.page = 20
        let relay = fixture.startRelay(limits: limits)
        try await onThread {
            let connection = try fixture.writer()
            defer { connection.close() }
            for round in 0..<40 { try fixture.write((0..<30).map { ("k\($0)@\(String(format: "%03d", round))", "k\($0)") }, on: connection) }
        }
        let told = try await fixture.told(atLeast: 1200)
        #expect(told.count == 1200)
        for (key, events) in Dictionary(grouping: told, by: \.key) { #expect(events.map(\.id) == events.map(\.id).sorted(), "\(key)") }
        #expect(try await eventually { try await fixture.number(Self.empty) == 0 })
        #expect(try await relay.stop())
    }

    @Test func `a row that commits late, behind rows with greater positions, is not skipped`() async throws {
        let fixture = try await OutboxFixture(), relay = fixture.startRelay()
        let late = try await onThread {
            let connection = try fixture.writer()
            // The position is handed out now; nobody sees the row yet.
            try fixture.write([("late@1", "late")], on: connection, committing: false)
            return Lent(connection)
        }
        for round in 0..<5 {
            try await fixture.write((0..<20).map { ("early\($0)@\(round)", "early\($0)") })
            #expect(try await eventually { try await fixture.number(Self.empty) == 0 })
        }
        #expect(try await fixture.told(atLeast: 100).contains { $0.key == "late" } == false)
        try await onThread {
            try late.value.execute("commit")
            late.value.close()
        }
        #expect(try await eventually { try await fixture.number(Self.empty) == 0 })
        #expect(try await fixture.told(atLeast: 101).filter { $0.key == "late" }.map(\.id) == ["late@1"])
        #expect(try await relay.stop())
    }

    @Test func `deleting a row leaves those before it that have committed meanwhile, and they are read next`() async throws {
        let fixture = try await OutboxFixture()
        try await onThread {
            let late = try fixture.writer(), early = try fixture.writer(), session = try RelaySession(fixture.database, worker: "fulfilment")
            // One shard for all: the key is the same, the entity's lock is left out.
            try fixture.write([("k@1", "k"), ("k@2", "k")], on: late, committing: false)
            try fixture.write([("k@3", "k"), ("k@4", "k")], on: early)
            let shards = Array(0..<16)
            let first = try session.exchange(delete: [], read: shards, known: [], page: 1)
            #expect(first.map(\.id) == ["k@3"])
            try late.execute("commit")
            let deletions = first.map { RelayMachine.Deletion(shard: $0.shard, position: $0.position) }
            let second = try session.exchange(delete: deletions, read: shards, known: [], page: 10)
            #expect(second.map(\.id) == ["k@1", "k@2", "k@4"])
            let third = try session.exchange(delete: [], read: shards, known: Set(second.prefix(2).map(\.position)), page: 10)
            #expect(third.map(\.id) == ["k@4"])
            #expect(try session.backlog(shards).depth == 3)
            for connection in [late, early, session.connection] { connection.close() }
        }
    }

    @Test func `deleting reads what it deletes, also when the outbox was empty as the relay began`() async throws {
        let fixture = try await OutboxFixture()
        try await onThread {
            let session = try RelaySession(fixture.database, worker: "fulfilment"), shards = Array(0..<ShardView.shards)
            let writer = try fixture.writer()
            // Counted while it is empty, as it nearly always is.
            try writer.execute("analyze worker.outbox")
            try fixture.write([(id: "first", key: "first")], on: writer)
            let first = try session.exchange(delete: [], read: shards, known: [], page: 250)
            _ = try session.exchange(delete: first.map { RelayMachine.Deletion(shard: $0.shard, position: $0.position) }, read: [], known: [], page: 250)
            try fixture.write((0..<6000).map { (id: "\($0)", key: "\($0)") }, on: writer)
            writer.close()
            let rows = try session.exchange(delete: [], read: shards, known: [], page: 250)
            #expect(rows.count > 3000)
            let before = try session.connection.rowsReadSoFar()
            let deletions = rows.prefix(200).map { RelayMachine.Deletion(shard: $0.shard, position: $0.position) }
            _ = try session.exchange(delete: deletions, read: [], known: [], page: 250)
            let read = try session.connection.rowsReadSoFar() - before
            #expect((200..<1000).contains(read), "\(read) rows")
            let rest = try session.exchange(delete: [], read: shards, known: Set(rows.dropFirst(200).map(\.position)), page: 250)
            #expect(rest.count > 1500 && Set(rest.map(\.position)).isDisjoint(with: rows.map(\.position)))
            #expect(try session.connection.query("select count(*) from worker.outbox").int64(0, 0) == 5800)
        }
    }

    @Test func `a hint is all it takes: a row is relayed long before the next look`() async throws {
        let fixture = try await OutboxFixture()
        var limits = RelayMachine.Limits()
        limits.readEvery = 3600
        let relay = fixture.startRelay(limits: limits)
        #expect(await eventually { relay.shards == 16 })
        try await fixture.write([("a@1", "a"), ("b@1", "b")])
        #expect(try await fixture.told(atLeast: 2).count == 2)
        #expect(try await relay.stop())
    }

    @Test func `several share the shards fairly, and one that ends or is killed leaves its shards to the others at once`() async throws {
        let fixture = try await OutboxFixture()
        let first = fixture.startRelay()
        #expect(await eventually { first.shards == 16 })
        let second = fixture.startRelay()
        #expect(await eventually { first.shards == 8 && second.shards == 8 })
        let third = fixture.startRelay()
        #expect(await eventually { [first.shards, second.shards, third.shards].sorted() == [5, 5, 6] })
        try await fixture.write((0..<200).map { ("k\($0)@1", "k\($0)") })
        #expect(try await eventually { try await fixture.number(Self.empty) == 0 })
        // Killed: its session ends without a word to anybody.
        #expect(try await fixture.number("select count(pg_terminate_backend(pid)) from (select pid from pg_stat_activity where application_name = 'nicobar-fulfilment-relay' and datname = current_database() limit 1) as one") == 1)
        #expect(await eventually { [first.shards, second.shards, third.shards].reduce(0, +) == 16 })
        #expect(try await third.stop())
        #expect(await eventually { first.shards == 8 && second.shards == 8 })
        try await fixture.write((0..<200).map { ("k\($0)@2", "k\($0)") })
        #expect(try await eventually { try await fixture.number(Self.empty) == 0 })
        #expect(Set(try await fixture.told(atLeast: 400).map(\.id)).count == 400)
        #expect(try await first.stop())
        #expect(await eventually { second.shards == 16 })
        #expect(try await second.stop())
    }

    @Test func `two sessions never hold one shard, and one that ends lets go of all`() async throws {
        let database = try await TestDatabase.fresh()
        try await onThread {
            let one = try RelaySession(database, worker: "billing"), two = try RelaySession(database, worker: "fulfilment")
            #expect(try one.take([0, 1, 2]) == [0, 1, 2])
            #expect(try two.take([2, 3]) == [3])
            #expect(try two.view() == ShardView(members: [one.member, two.member], holders: [0: one.member, 1: one.member, 2: one.member, 3: two.member]))
            try one.give([1])
            #expect(try two.take([1, 0]) == [1])
            one.connection.close()
            let end = ContinuousClock.now + .seconds(20)
            while try two.view().members.count > 1, ContinuousClock.now < end {}
            #expect(try two.view() == ShardView(members: [two.member], holders: [1: two.member, 3: two.member]))
            two.connection.close()
        }
    }

    @Test func `a row that the broker refuses holds back those behind it, and only its key`() async throws {
        let cluster = try MockCluster()
        let fixture = try await OutboxFixture(servers: cluster.bootstrapServers)
        try cluster.createTopic(fixture.topic, partitions: 2)
        // MSG_SIZE_TOO_LARGE: not retried by the producer, so the relay has to.
        cluster.pushRequestErrors(apiKey: 0, code: 10, times: 2)
        try await fixture.write([("a@1", "a"), ("a@2", "a"), ("a@3", "a"), ("b@1", "b"), ("b@2", "b")])
        let relay = fixture.startRelay()
        let told = try await fixture.told(atLeast: 5)
        for key in ["a", "b"] {
            let ids = told.filter { $0.key == key }.map(\.id)
            #expect(ids == ids.sorted() && Set(ids).count == (key == "a" ? 3 : 2), "\(ids)")
        }
        #expect(try await eventually { try await fixture.number(Self.empty) == 0 })
        #expect(relay.metrics.render().contains("nicobar_outbox_failures_total{cause=\"MSG_SIZE_TOO_LARGE\"}"))
        #expect(try await relay.stop())
    }

    @Test func `rows wait while the broker is away, are visible as backlog, and are relayed when it is back`() async throws {
        let cluster = try MockCluster()
        let fixture = try await OutboxFixture(servers: cluster.bootstrapServers)
        try cluster.createTopic(fixture.topic, partitions: 2)
        try cluster.setBrokerDown()
        let relay = fixture.startRelay(["message.timeout.ms": "1000"])
        try await fixture.write((0..<50).map { ("k\($0)@1", "k\($0)") })
        #expect(await eventually { relay.metric("nicobar_outbox_failures_total{cause=\"_MSG_TIMED_OUT\"}") > 0 })
        #expect(await eventually { relay.metric("nicobar_outbox_depth") == 50 && relay.metric("nicobar_outbox_age_seconds") > 0 })
        #expect(try await fixture.number(Self.empty) == 50)
        try cluster.setBrokerUp()
        #expect(try await eventually { try await fixture.number(Self.empty) == 0 })
        #expect(Set(try await fixture.told(atLeast: 50).map(\.id)).count == 50)
        #expect(try await relay.stop())
    }

    @Test func `a relay that is stopped finishes what is in flight and leaves the rest in the table`() async throws {
        let fixture = try await OutboxFixture(), relay = fixture.startRelay()
        try await fixture.write((0..<3000).map { ("k\($0)@1", "k\($0)") })
        #expect(await eventually { relay.metric("nicobar_outbox_relayed_total") > 0 })
        #expect(try await relay.stop())
        let left = try await fixture.number(Self.empty)
        let told = try await fixture.told(atLeast: 3000 - left)
        #expect(told.count == 3000 - left && Set(told.map(\.id)).count == told.count)
        #expect(try await fixture.number("select count(*) from pg_locks where locktype = 'advisory' and classid = 1852400495 and database = (select oid from pg_database where datname = current_database())") == 0)
    }

    @Test func `a connection through a pooler is refused with a line that says what to do`() throws {
        #expect(RelaySession.refusal(greeting: 4711, answering: 4711) == nil)
        let error = try #require(RelaySession.refusal(greeting: 99, answering: 4711))
        #expect(error.sqlstate == RelaySession.pooled && error.message.contains("NICOBAR_RELAY_DATABASE_URL"))
        #expect(RelaySession.refusal(greeting: 99, answering: nil) != nil)
    }
}
