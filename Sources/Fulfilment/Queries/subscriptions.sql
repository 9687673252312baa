-- Of each entity the newest state wins; events that changed nothing because newer state was there are noted as stale.
with incoming as materialized (
    select * from unnest(
        $1::text[], $2::timestamptz[], $3::timestamptz[], $4::smallint[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[],
        $11::text[], $12::boolean[], $13::boolean[], $14::timestamptz[], $15::timestamptz[], $16::timestamptz[], $17::timestamptz[],
        $18::timestamptz[], $19::timestamptz[]
    ) as event (
        webhook_id, event_at, attempt_at, status_rank, tie_break, subscription_id, business_id, customer_id, product_id, quantity, status, on_demand,
        cancel_at_next_billing_date, created_at, previous_billing_date, next_billing_date, cancelled_at, past_due_ends_at, expires_at
    )
), written as (
    insert into fulfilment.subscriptions as known (
        webhook_id, event_at, attempt_at, status_rank, tie_break, subscription_id, business_id, customer_id, product_id, quantity, status, on_demand,
        cancel_at_next_billing_date, created_at, previous_billing_date, next_billing_date, cancelled_at, past_due_ends_at, expires_at
    )
    select distinct on (subscription_id collate "C")
        webhook_id, event_at, attempt_at, status_rank, tie_break, subscription_id, business_id, customer_id, product_id, quantity, status, on_demand,
        cancel_at_next_billing_date, created_at, previous_billing_date, next_billing_date, cancelled_at, past_due_ends_at, expires_at
      from incoming
     order by subscription_id collate "C", event_at desc, attempt_at desc, status_rank desc, tie_break desc
    on conflict on constraint subscriptions_pkey do update set
        webhook_id = excluded.webhook_id, event_at = excluded.event_at, attempt_at = excluded.attempt_at, status_rank = excluded.status_rank,
        tie_break = excluded.tie_break, business_id = excluded.business_id, customer_id = excluded.customer_id, product_id = excluded.product_id,
        quantity = excluded.quantity, status = excluded.status, on_demand = excluded.on_demand,
        cancel_at_next_billing_date = excluded.cancel_at_next_billing_date, created_at = excluded.created_at,
        previous_billing_date = excluded.previous_billing_date, next_billing_date = excluded.next_billing_date, cancelled_at = excluded.cancelled_at,
        past_due_ends_at = excluded.past_due_ends_at, expires_at = excluded.expires_at, updated_at = now()
     where (excluded.event_at, excluded.attempt_at, excluded.status_rank, excluded.tie_break)
         > (known.event_at, known.attempt_at, known.status_rank, known.tie_break)
    returning known.subscription_id
), stale as (
    -- By their ids as an array: joined, PostgreSQL would rather read all of the worker's inbox than look some hundred of them up.
    update worker.inbox as inbox set outcome = 'stale'
     where inbox.worker = 'fulfilment' and inbox.outcome = 'applied' and inbox.applied_at = now()
       and inbox.webhook_id = any (array(select webhook_id from incoming where not exists (select from written where written.subscription_id = incoming.subscription_id)))
    returning 1
)
select count(*) as stale from stale
