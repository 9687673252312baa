-- Parks events that cannot be applied, byte for byte. The same event again is the same letter, seen once more.
insert into worker.dead_letters as known (
    worker, webhook_id, event_type, topic, partition, kafka_offset, event_at, attempt_at, key, headers, body, reason, detail, fingerprint
)
select distinct on (webhook_id)
       $1, webhook_id, event_type, topic, partition, kafka_offset, event_at, attempt_at, key, headers, body, reason, detail, fingerprint
  from unnest(
      $2::text[], $3::text[], $4::text[], $5::integer[], $6::bigint[], $7::timestamptz[], $8::timestamptz[], $9::bytea[], $10::json[], $11::bytea[],
      $12::text[], $13::text[], $14::text[]
  ) as letter (
      webhook_id, event_type, topic, partition, kafka_offset, event_at, attempt_at, key, headers, body, reason, detail, fingerprint
  )
 order by webhook_id, attempt_at desc, kafka_offset desc
on conflict on constraint dead_letters_one_per_event do update set
    event_type = excluded.event_type, topic = excluded.topic, partition = excluded.partition, kafka_offset = excluded.kafka_offset,
    event_at = excluded.event_at, attempt_at = excluded.attempt_at, key = excluded.key, headers = excluded.headers, body = excluded.body,
    reason = excluded.reason, detail = excluded.detail, fingerprint = excluded.fingerprint, last_seen = now(),
    -- Read again from the very same place, it is the same sight of it.
    attempts = known.attempts + case when (known.topic, known.partition, known.kafka_offset) = (excluded.topic, excluded.partition, excluded.kafka_offset)
                                     then 0 else 1 end,
    state = 'parked', state_at = case known.state when 'parked' then known.state_at else now() end
