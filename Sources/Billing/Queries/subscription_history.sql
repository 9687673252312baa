-- One row an event; a newer attempt at the same event replaces what it said. Staleness is judged with the subscription itself.
with written as (
    insert into billing.subscription_history as known (
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, subscription_id, event_type, status, product_id, quantity,
        currency, recurring_pre_tax_amount, previous_billing_date, next_billing_date, cancel_at_next_billing_date, payment_id
    )
    select
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, subscription_id, event_type, status, product_id, quantity,
        currency, recurring_pre_tax_amount, previous_billing_date, next_billing_date, cancel_at_next_billing_date, payment_id
      from unnest(
            $1::text[], $2::timestamptz[], $3::timestamptz[], $4::smallint[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[],
            $10::text[], $11::bigint[], $12::text[], $13::bigint[], $14::timestamptz[], $15::timestamptz[], $16::boolean[], $17::text[]
      ) as event (
            webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, subscription_id, event_type, status, product_id, quantity,
            currency, recurring_pre_tax_amount, previous_billing_date, next_billing_date, cancel_at_next_billing_date, payment_id
      )
     order by subscription_id collate "C", webhook_id collate "C"
    on conflict on constraint subscription_history_pkey do update set
        event_at = excluded.event_at, attempt_at = excluded.attempt_at, status_rank = excluded.status_rank, tie_break = excluded.tie_break,
        business_id = excluded.business_id, event_type = excluded.event_type,
        status = excluded.status, product_id = excluded.product_id, quantity = excluded.quantity, currency = excluded.currency,
        recurring_pre_tax_amount = excluded.recurring_pre_tax_amount, previous_billing_date = excluded.previous_billing_date,
        next_billing_date = excluded.next_billing_date, cancel_at_next_billing_date = excluded.cancel_at_next_billing_date,
        payment_id = excluded.payment_id
     where (excluded.attempt_at, excluded.tie_break)
         > (known.attempt_at, known.tie_break)
    returning 1
)
select 0::bigint as stale, count(*) as written from written
