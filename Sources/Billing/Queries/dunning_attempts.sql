-- Of each entity the newest state wins; events that changed nothing because newer state was there are noted as stale.
with incoming as materialized (
    select * from unnest(
        $1::text[], $2::timestamptz[], $3::timestamptz[], $4::smallint[], $5::bigint[], $6::text[], $7::text[], $8::timestamptz[],
        $9::text[], $10::text[], $11::text[], $12::text[], $13::text[]
    ) as event (
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, subscription_id, created_at, brand_id, customer_id, status,
        trigger_state, payment_id
    )
), newest as (
    select distinct on (subscription_id collate "C", created_at) *
      from incoming
     order by subscription_id collate "C", created_at, event_at desc, attempt_at desc, status_rank desc, tie_break desc
), written as (
    insert into billing.dunning_attempts as known (
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, subscription_id, created_at, brand_id, customer_id, status,
        trigger_state, payment_id
    )
    select
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, subscription_id, created_at, brand_id, customer_id, status,
        trigger_state, payment_id
      from newest
     order by subscription_id collate "C", created_at
    on conflict on constraint dunning_attempts_pkey do update set
        webhook_id = excluded.webhook_id, event_at = excluded.event_at, attempt_at = excluded.attempt_at,
        status_rank = excluded.status_rank, tie_break = excluded.tie_break, business_id = excluded.business_id,
        brand_id = excluded.brand_id, customer_id = excluded.customer_id, status = excluded.status, trigger_state = excluded.trigger_state,
        payment_id = excluded.payment_id, updated_at = now()
     where (excluded.event_at, excluded.attempt_at, excluded.status_rank, excluded.tie_break)
         > (known.event_at, known.attempt_at, known.status_rank, known.tie_break)
    returning known.subscription_id, known.created_at
), stale as (
    -- By their ids as an array: joined, PostgreSQL would rather read all of the worker's inbox than look some hundred of them up.
    update worker.inbox as inbox set outcome = 'stale'
     where inbox.worker = 'billing' and inbox.outcome = 'applied' and inbox.applied_at = now()
       and inbox.webhook_id = any (array(select webhook_id from incoming where not exists (select from written where written.subscription_id = incoming.subscription_id and written.created_at = incoming.created_at)))
    returning 1
)
select count(*) as stale from stale
