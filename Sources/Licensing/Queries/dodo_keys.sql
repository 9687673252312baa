-- Of each of Dodo's keys, and of each source that tells of it, the newest word wins; events that changed nothing because a newer was there are noted as stale.
with incoming as materialized (
    select * from unnest(
        $1::text[], $2::timestamptz[], $3::timestamptz[], $4::smallint[], $5::bigint[], $6::text[], $7::bytea[], $8::text[], $9::text[], $10::bigint[],
        $11::bigint[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::timestamptz[], $18::timestamptz[], $19::text[], $20::text[]
    ) as event (
        webhook_id, event_at, attempt_at, status_rank, tie_break, dodo_key_id, lookup_hash, last_characters, status, activations_limit,
        instances_count, customer_id, product_id, payment_id, subscription_id, source, created_at, expires_at, grant_id, grant_status
    )
), newest as (
    select distinct on (dodo_key_id collate "C", grant_id collate "C") *
      from incoming
     order by dodo_key_id collate "C", grant_id collate "C", event_at desc, attempt_at desc, status_rank desc, tie_break desc
), written as (
    insert into licensing.dodo_key_facts as known (
        webhook_id, event_at, attempt_at, status_rank, tie_break, dodo_key_id, lookup_hash, last_characters, status, activations_limit,
        instances_count, customer_id, product_id, payment_id, subscription_id, source, created_at, expires_at, grant_id, grant_status
    )
    select * from newest order by dodo_key_id collate "C", grant_id collate "C"
    on conflict on constraint dodo_key_facts_pkey do update set
        webhook_id = excluded.webhook_id, event_at = excluded.event_at, attempt_at = excluded.attempt_at, status_rank = excluded.status_rank,
        tie_break = excluded.tie_break, lookup_hash = excluded.lookup_hash, last_characters = excluded.last_characters, status = excluded.status,
        activations_limit = excluded.activations_limit, instances_count = excluded.instances_count, customer_id = excluded.customer_id,
        product_id = excluded.product_id, payment_id = excluded.payment_id, subscription_id = excluded.subscription_id, source = excluded.source,
        created_at = excluded.created_at, expires_at = excluded.expires_at, grant_status = excluded.grant_status, updated_at = now()
     where (excluded.event_at, excluded.attempt_at, excluded.status_rank, excluded.tie_break)
         > (known.event_at, known.attempt_at, known.status_rank, known.tie_break)
    returning known.dodo_key_id, known.grant_id
), stale as (
    -- By their ids as an array: joined, PostgreSQL would rather read all of the worker's inbox than look some hundred of them up.
    update worker.inbox as inbox set outcome = 'stale'
     where inbox.worker = 'licensing' and inbox.outcome = 'applied' and inbox.applied_at = now()
       and inbox.webhook_id = any (array(
           select webhook_id from incoming
            where not exists (select from written where written.dodo_key_id = incoming.dodo_key_id and written.grant_id = incoming.grant_id)))
    returning 1
)
select count(*) as stale from stale
