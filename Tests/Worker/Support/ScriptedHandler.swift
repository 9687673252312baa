import Events
import LibPQ
import Synchronization
import Worker

/// A stage for tests: writes one row of `scripted.effects` for each event that is new, so that whatever is done twice shows.
///
/// A body `notable` is counted as a notice, a body `foreign` ignored. A body `unreadable` is refused by the handler, `poison` by a constraint of the table; `scripted.weather` makes PostgreSQL fail in other ways.
struct ScriptedHandler: EventHandler {
    var worker = "billing"
    private let made = Made()

    private final class Made: Sendable {
        let count = Atomic(0)
    }

    /// How many batches were made so far.
    var batchesMade: Int { made.count.load(ordering: .relaxed) }

    /// To be run once in the test's database.
    static let schema = """
        create schema scripted;
        create table scripted.effects (webhook_id text not null, body text not null, outcome text not null, constraint no_poison check (body <> 'poison'));
        -- The first `times` statements that write an effect fail with this SQLSTATE, or sleep when it is 'sleep'.
        create table scripted.weather (sqlstate text not null, times integer not null);
        create sequence scripted.storms;
        create function scripted.storm() returns trigger language plpgsql as $$
        declare weather scripted.weather;
        begin
            select * into weather from scripted.weather;
            if found and nextval('scripted.storms') <= weather.times then
                if weather.sqlstate = 'sleep' then perform pg_sleep(60); else raise exception 'bad weather' using errcode = weather.sqlstate; end if;
            end if;
            return null;
        end $$;
        create trigger storm after insert on scripted.effects for each statement execute function scripted.storm();
        """

    var statements: [(name: String, sql: String)] {
        [
            (
                "scripted_effects",
                """
                with done as (
                    insert into scripted.effects (webhook_id, body, outcome)
                    select distinct inbox.webhook_id, event.body, inbox.outcome
                      from unnest($2::text[], $3::text[], $4::timestamptz[]) as event (webhook_id, body, attempt_at)
                      join worker.inbox on inbox.worker = $1 and inbox.webhook_id = event.webhook_id and inbox.applied_at = now()
                       and inbox.attempt_at = event.attempt_at and inbox.outcome <> 'dead-lettered'
                     where event.body <> 'late'
                ), late as (
                    update worker.inbox set outcome = 'stale'
                      from unnest($2::text[], $3::text[]) as event (webhook_id, body)
                     where inbox.worker = $1 and inbox.webhook_id = event.webhook_id and event.body = 'late' and inbox.outcome = 'applied'
                    returning 1
                )
                select count(*) as stale from late
                """
            )
        ]
    }

    static let notable = Tally("scripted_notable_total", "Bodies that are notable.", saying: "a body is notable")
    var tallies: [Tally] { [Self.notable] }

    func makeBatch() -> any EventBatch {
        made.count.add(1, ordering: .relaxed)
        return ScriptedBatch(worker: worker)
    }
}

private final class ScriptedBatch: EventBatch {
    private let worker: String
    private let ids = ColumnBuilder(.text), bodies = ColumnBuilder(.text), attempts = ColumnBuilder(.timestamptz)

    init(worker: String) { self.worker = worker }

    private(set) var notices: [Notice] = []
    private(set) var lastIsIgnored = false

    func reset() {
        for column in [ids, bodies, attempts] { column.reset() }
        notices = []
    }

    func add(_ event: IncomingEvent) throws(RecordFault) {
        lastIsIgnored = event.body.elementsEqual("foreign".utf8)
        guard !lastIsIgnored else { return }
        guard !event.body.elementsEqual("unreadable".utf8) else { throw RecordFault(reason: "not-readable", detail: "the handler cannot read it") }
        if event.body.elementsEqual("notable".utf8) { notices.append(Notice(ScriptedHandler.notable, String(decoding: event.webhookId, as: UTF8.self))) }
        ids.append(bytes: event.webhookId)
        bodies.append(bytes: event.body)
        attempts.append(event.attemptTime.microseconds)
    }

    func steps() -> [PipelineStep] {
        ids.count == 0 ? [] : [PipelineStep(prepared: "scripted_effects", [.text(worker), .array(ids), .array(bodies), .array(attempts)])]
    }
}
