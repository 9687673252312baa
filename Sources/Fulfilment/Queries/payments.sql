-- Of each entity the newest state wins; events that changed nothing because newer state was there are noted as stale.
with incoming as materialized (
    select * from unnest(
        $1::text[], $2::timestamptz[], $3::timestamptz[], $4::smallint[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
        $11::text[], $12::text[], $13::text[], $14::bigint[], $15::text[], $16::boolean[], $17::text[], $18::json[], $19::json[], $20::json[],
        $21::timestamptz[]
    ) as event (
        webhook_id, event_at, attempt_at, status_rank, tie_break, payment_id, home_id, business_id, customer_id, checkout_session_id, status,
        charge_type, currency, total_amount, refund_status, is_update_payment_method, subscription_id, subscription_ids, product_cart, service_periods,
        created_at
    )
), written as (
    insert into fulfilment.payments as known (
        webhook_id, event_at, attempt_at, status_rank, tie_break, payment_id, home_id, business_id, customer_id, checkout_session_id, status,
        charge_type, currency, total_amount, refund_status, is_update_payment_method, subscription_id, subscription_ids, product_cart, service_periods,
        created_at
    )
    select distinct on (payment_id collate "C")
        webhook_id, event_at, attempt_at, status_rank, tie_break, payment_id, home_id, business_id, customer_id, checkout_session_id, status,
        charge_type, currency, total_amount, refund_status, is_update_payment_method, subscription_id, subscription_ids, product_cart, service_periods,
        created_at
      from incoming
     order by payment_id collate "C", event_at desc, attempt_at desc, status_rank desc, tie_break desc
    on conflict on constraint payments_pkey do update set
        webhook_id = excluded.webhook_id, event_at = excluded.event_at, attempt_at = excluded.attempt_at, status_rank = excluded.status_rank,
        tie_break = excluded.tie_break, home_id = excluded.home_id, business_id = excluded.business_id, customer_id = excluded.customer_id,
        checkout_session_id = excluded.checkout_session_id, status = excluded.status, charge_type = excluded.charge_type, currency = excluded.currency,
        total_amount = excluded.total_amount, refund_status = excluded.refund_status, is_update_payment_method = excluded.is_update_payment_method,
        subscription_id = excluded.subscription_id, subscription_ids = excluded.subscription_ids, product_cart = excluded.product_cart,
        service_periods = excluded.service_periods, created_at = excluded.created_at, updated_at = now()
     where (excluded.event_at, excluded.attempt_at, excluded.status_rank, excluded.tie_break)
         > (known.event_at, known.attempt_at, known.status_rank, known.tie_break)
    returning known.payment_id
), stale as (
    -- By their ids as an array: joined, PostgreSQL would rather read all of the worker's inbox than look some hundred of them up.
    update worker.inbox as inbox set outcome = 'stale'
     where inbox.worker = 'fulfilment' and inbox.outcome = 'applied' and inbox.applied_at = now()
       and inbox.webhook_id = any (array(select webhook_id from incoming where not exists (select from written where written.payment_id = incoming.payment_id)))
    returning 1
)
select count(*) as stale from stale
