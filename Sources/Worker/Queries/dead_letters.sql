-- Parks events that cannot be applied, byte for byte. The same event again is the same letter, seen once more. What is parked anew is announced on topic $15
-- through the outbox, in this transaction: why and where, nothing of the event's content.
with before as materialized (
    select known.webhook_id, known.attempts as earlier
      from (select distinct unnest($2::text[])) as letter (webhook_id)
     cross join lateral (
           select webhook_id, attempts from worker.dead_letters as known where known.worker = $1 and known.webhook_id = letter.webhook_id limit 1) as known
), parked as (
    insert into worker.dead_letters as known (
        worker, webhook_id, event_type, topic, partition, kafka_offset, event_at, attempt_at, key, headers, body, reason, detail, fingerprint
    )
    -- Sorted once, where they come in: bodies are large, and each sort or table between here and there is another copy of all of them.
    select distinct on (webhook_id collate "C") $1, *
      from (
            select
                unnest($2::text[]), unnest($3::text[]), unnest($4::text[]), unnest($5::integer[]), unnest($6::bigint[]), unnest($7::timestamptz[]),
                unnest($8::timestamptz[]), unnest($9::bytea[]), unnest($10::json[]), unnest($11::bytea[]), unnest($12::text[]), unnest($13::text[]),
                unnest($14::text[])
      ) as letter (
          webhook_id, event_type, topic, partition, kafka_offset, event_at, attempt_at, key, headers, body, reason, detail, fingerprint
      )
     order by webhook_id collate "C", attempt_at desc, kafka_offset desc
    on conflict on constraint dead_letters_one_per_event do update set
        event_type = excluded.event_type, topic = excluded.topic, partition = excluded.partition, kafka_offset = excluded.kafka_offset,
        event_at = excluded.event_at, attempt_at = excluded.attempt_at, key = excluded.key, headers = excluded.headers, body = excluded.body,
        reason = excluded.reason, detail = excluded.detail, fingerprint = excluded.fingerprint, last_seen = now(),
        -- Read again from the very same place, it is the same sight of it, unless somebody had dealt with it meanwhile.
        attempts = known.attempts
                 + case when (known.topic, known.partition, known.kafka_offset, known.state)
                           = (excluded.topic, excluded.partition, excluded.kafka_offset, 'parked')
                        then 0 else 1 end,
        state = 'parked', state_at = case known.state when 'parked' then known.state_at else now() end
    returning webhook_id, event_type, topic, partition, kafka_offset, event_at, attempt_at, reason, detail, fingerprint, attempts, first_seen, last_seen
), announced as (
    insert into worker.outbox (id, worker, shard, topic, key, type, occurred_at, body)
    select 'dead-letter/' || $1::text || '/' || webhook_id || '@' || attempts, $1, worker.outbox_shard(webhook_id), $15::text, webhook_id,
           'nicobar.dead-letter.' || $1::text, last_seen,
           convert_to(json_build_object(
               'dead_letter_id', $1::text || '/' || webhook_id, 'revision', attempts, 'worker', $1::text, 'webhook_id', webhook_id, 'event_type', event_type,
               'reason', reason, 'detail', detail, 'fingerprint', fingerprint, 'topic', parked.topic, 'partition', partition, 'offset', kafka_offset,
               'event_at', to_char(event_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
               'attempt_at', to_char(attempt_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
               'first_seen', to_char(first_seen at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
               'last_seen', to_char(last_seen at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
           )::text, 'UTF8')
      from parked
      left join before using (webhook_id)
     where earlier is null or attempts > earlier
     order by webhook_id
    on conflict on constraint outbox_id_once do nothing
    returning position
)
select pg_notify('nicobar_outbox', '') from announced limit 1
