-- Notes what is to be told, in the order given: positions are handed out in it. An id that waits already is the same change.
-- The relays are told once a transaction; that is only a hint, they look by themselves too.
with noted as (
    insert into worker.outbox (id, worker, shard, topic, key, type, occurred_at, body)
    select id, $1, worker.outbox_shard(key), topic, key, type, occurred_at, body
      from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::bytea[])
        with ordinality as event (id, topic, key, type, occurred_at, body, place)
     order by place
    on conflict on constraint outbox_id_once do nothing
    returning position
)
select pg_notify('nicobar_outbox', '') from noted limit 1
