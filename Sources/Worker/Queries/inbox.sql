-- Which of these events are new to the worker ($1). Of an id that is there twice the newest attempt counts; an id that is known changes only for a newer attempt
-- with another body, or when what was parked can be applied now. Rows are written in the order of their ids, so that two lanes never wait for each other crosswise.
with incoming as (
    select distinct on (webhook_id collate "C") *
      from (
            select
                unnest($2::text[]), unnest($3::text[]), unnest($4::integer[]), unnest($5::bigint[]), unnest($6::timestamptz[]), unnest($7::timestamptz[]),
                unnest($8::bytea[]), unnest($9::text[])
      ) as event (webhook_id, topic, partition, kafka_offset, event_at, attempt_at, body_hash, outcome)
     order by webhook_id collate "C", attempt_at desc, body_hash desc, outcome
), written as (
    insert into worker.inbox as known (worker, webhook_id, topic, partition, kafka_offset, event_at, attempt_at, body_hash, outcome)
    select $1, webhook_id, topic, partition, kafka_offset, event_at, attempt_at, body_hash, outcome
      from incoming
     order by webhook_id collate "C"
    on conflict on constraint inbox_pkey do update set
        topic = excluded.topic, partition = excluded.partition, kafka_offset = excluded.kafka_offset, event_at = excluded.event_at,
        attempt_at = excluded.attempt_at, body_hash = excluded.body_hash, applied_at = now(),
        outcome = case excluded.outcome when 'dead-lettered' then excluded.outcome else 'refreshed' end
     where excluded.attempt_at > known.attempt_at and excluded.body_hash <> known.body_hash
        or known.outcome = 'dead-lettered' and excluded.outcome <> 'dead-lettered'
    returning known.webhook_id, known.outcome
), healed as (
    -- By its event, not by its place: nobody holds it here. And parked by what it is not, or PostgreSQL would take the index of what is parked, which begins
    -- with the worker, and read all of it for each batch (decision 0009).
    update worker.dead_letters as letter set state = 'redriven', state_at = now()
     where letter.worker = $1 and letter.webhook_id = any (array(select webhook_id from written where outcome = 'refreshed'))
       and letter.state not in ('redriven', 'discarded')
)
select count(*) filter (where outcome = 'applied') as applied, count(*) filter (where outcome = 'refreshed') as refreshed, count(*) filter (where outcome = 'stale') as stale,
       count(*) filter (where outcome = 'ignored') as ignored
  from written
