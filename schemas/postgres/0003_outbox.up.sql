-- The outbox: what a transaction wants told to others stands in the same transaction, and is relayed to Kafka afterwards (DESIGN §8).

create table worker.outbox (
    position    bigint      generated always as identity,
    id          text        not null,
    worker      text        not null,
    shard       smallint    not null,
    topic       text        not null,
    key         text        not null,
    type        text        not null,
    occurred_at timestamptz not null,
    traceparent text,
    body        bytea       compression lz4 not null,
    created_at  timestamptz not null default now(),
    constraint outbox_pkey primary key (shard, position),
    constraint outbox_id_once unique (id),
    constraint outbox_shard_in_range check (shard between 0 and 15)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0); -- a queue: most of it is dead soon

comment on table worker.outbox is 'events on their way to Kafka; a row is deleted once the broker has acknowledged it';
comment on column worker.outbox.id is 'ce_id: the same for a change however often it is tried';
comment on column worker.outbox.shard is 'from the key alone, so that one key is relayed by one process at a time, in order of position';

-- Which of the 16 shards a key belongs to.
create function worker.outbox_shard(of_key text) returns smallint
    language sql immutable parallel safe
    set search_path = pg_catalog
return (hashtextextended(of_key, 0) & 15)::smallint;
