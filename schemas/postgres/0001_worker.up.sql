-- Schema worker: what every worker shares (DESIGN §8). Which events were applied, which process owns a lane, what was parked.
-- `outbox` will stand beside these tables.

create schema worker;

comment on schema worker is 'Shared by all workers: inbox, progress, dead letters.';

-- One row for every event a worker has dealt with; makes a second delivery harmless and answers "what became of it".
create table worker.inbox (
    worker       text        not null,
    webhook_id   text        not null,
    topic        text        not null,
    partition    integer     not null,
    kafka_offset bigint      not null,
    event_at     timestamptz,
    attempt_at   timestamptz not null,
    body_hash    bytea       not null,
    outcome      text        not null,
    applied_at   timestamptz not null default now(),
    constraint inbox_pkey primary key (worker, webhook_id),
    constraint inbox_outcome_known check (outcome in ('applied', 'refreshed', 'stale', 'dead-lettered')),
    constraint inbox_body_hash_is_sha256 check (octet_length(body_hash) = 32)
);

comment on column worker.inbox.attempt_at is 'when the applied attempt was signed (webhook-timestamp)';
comment on column worker.inbox.outcome is 'applied; refreshed: a newer attempt with another body followed; stale: state was newer already; dead-lettered. Duplicates leave no trace here.';

-- One row for every lane of a worker: who owns it, and how far it has come in the same transaction as the work itself.
create table worker.progress (
    worker     text        not null,
    lane       integer     not null,
    epoch      bigint      not null,
    owner      text        not null,
    offsets    jsonb       not null default '{}',
    handled    bigint      not null default 0,
    taken_at   timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint progress_pkey primary key (worker, lane),
    constraint progress_lane_not_negative check (lane >= 0),
    constraint progress_epoch_positive check (epoch > 0)
) with (fillfactor = 50); -- rewritten by every batch: leave room for it on the same page

comment on column worker.progress.epoch is 'raised by each new owner; a transaction that holds an older one fails';
comment on column worker.progress.offsets is 'topic -> the next offset to apply';

-- Events that cannot be applied as they are, byte for byte, until somebody decides.
create table worker.dead_letters (
    id           bigint      generated always as identity,
    worker       text        not null,
    webhook_id   text        not null,
    event_type   text        not null,
    topic        text        not null,
    partition    integer     not null,
    kafka_offset bigint      not null,
    event_at     timestamptz,
    attempt_at   timestamptz not null,
    key          bytea,
    headers      json        not null,
    body         bytea       compression lz4 not null,
    reason       text        not null,
    detail       text        not null,
    fingerprint  text        not null,
    state        text        not null default 'parked',
    attempts     integer     not null default 1,
    first_seen   timestamptz not null default now(),
    last_seen    timestamptz not null default now(),
    state_at     timestamptz not null default now(),
    constraint dead_letters_pkey primary key (id),
    constraint dead_letters_one_per_event unique (worker, webhook_id),
    constraint dead_letters_state_known check (state in ('parked', 'redriven', 'discarded')),
    constraint dead_letters_attempts_positive check (attempts > 0)
);

create index dead_letters_by_cause on worker.dead_letters (worker, state, fingerprint, last_seen);

comment on column worker.dead_letters.webhook_id is 'the event''s id; topic/partition/offset where it had none that could be kept';
comment on column worker.dead_letters.headers is 'array of {"name", "value"}; {"name", "base64"} where the value is no UTF-8';
comment on column worker.dead_letters.fingerprint is 'event type and cause: dead letters with one fingerprint have one remedy';

-- Takes a lane: raises the epoch, so that whoever owned the lane before can write no more.
create function worker.take_lane(of_worker text, of_lane integer, new_owner text) returns bigint
    language sql
    set search_path = pg_catalog
as $$
    insert into worker.progress as p (worker, lane, epoch, owner)
    values (of_worker, of_lane, 1, new_owner)
    on conflict on constraint progress_pkey do update
        set epoch = p.epoch + 1, owner = excluded.owner, taken_at = now(), updated_at = now()
    returning p.epoch
$$;

-- First statement of every transaction of a lane: proves that the lane is still ours (locking its row, so that a new owner waits for us) and moves it on.
-- It fails instead of answering, because the statements behind it are on their way already.
create function worker.advance_lane(of_worker text, of_lane integer, of_epoch bigint, new_offsets jsonb, newly_handled bigint) returns void
    language plpgsql
    set search_path = pg_catalog
as $$
begin
    update worker.progress
       set offsets = offsets || new_offsets, handled = handled + newly_handled, updated_at = now()
     where worker = of_worker and lane = of_lane and epoch = of_epoch;
    if not found then
        raise exception 'lane % of worker % has another owner', of_lane, of_worker using errcode = 'NB001';
    end if;
end
$$;
