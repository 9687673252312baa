import LibPQ
import Surroundings

/// Notes inside the database what no later state would show: a lane that went back although nobody took it anew, which is what a zombie's write looks like;
/// and every change of an order, an entitlement and a licence, each of which must be told once.
package struct FlightRecorder: Sendable {
    private let database: String

    package init(database: String) { self.database = database }

    private static let schema = """
        create schema torture;
        create table torture.setbacks (
            at timestamptz not null default clock_timestamp(), worker text, lane integer, epoch bigint, topic text, was bigint, became bigint);
        create table torture.marks (worker text, lane integer, topic text, epoch bigint, next bigint, primary key (worker, lane, topic));
        create function torture.note_setback() returns trigger language plpgsql as $$
        begin
            -- A new owner begins where Kafka says, which may lie before what the last one had done: only what one owner wrote is compared.
            insert into torture.setbacks (worker, lane, epoch, topic, was, became)
            select new.worker, new.lane, new.epoch, key, mark.next, value::bigint
              from jsonb_each_text(new.offsets) join torture.marks as mark
                on (mark.worker, mark.lane, mark.topic, mark.epoch) = (new.worker, new.lane, key, new.epoch)
             where mark.next > value::bigint;
            insert into torture.marks
            select new.worker, new.lane, key, new.epoch, value::bigint
              from jsonb_each_text(new.offsets)
             where old.offsets ->> key is distinct from value
            on conflict (worker, lane, topic) do update set epoch = excluded.epoch, next = excluded.next;
            return null;
        end $$;
        create trigger note_setback after update on worker.progress
            for each row when (old.epoch = new.epoch) execute function torture.note_setback();

        create table torture.changes (kind text, id text, revision bigint, state text);
        create function torture.note_change() returns trigger language plpgsql as $$
        begin
            insert into torture.changes values (tg_argv[0], to_jsonb(new) ->> tg_argv[1], new.revision, new.state);
            return null;
        end $$;
        create trigger note_change after insert or update on fulfilment.orders for each row execute function torture.note_change('order', 'payment_id');
        create trigger note_change after insert or update on fulfilment.entitlements
            for each row execute function torture.note_change('entitlement', 'entitlement_id');
        create trigger note_change after insert or update on licensing.licences for each row execute function torture.note_change('licence', 'licence_id');
        """

    /// Starts recording; before any worker runs.
    package func start() async throws {
        let database = database
        try await OwnThread.run {
            let connection = try Connection(database, applicationName: "nicobar-torture")
            defer { connection.close() }
            try connection.execute(Self.schema)
        }
    }
}
