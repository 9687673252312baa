-- One row an event; a newer attempt at the same event replaces what it said. Staleness is judged with the subscription itself.
with written as (
    insert into billing.subscription_history as known (
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, subscription_id, event_type, status, product_id, quantity,
        currency, recurring_pre_tax_amount, previous_billing_date, next_billing_date, cancel_at_next_billing_date, payment_id
    )
    select
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, subscription_id, event_type, status, product_id, quantity,
        currency, recurring_pre_tax_amount, previous_billing_date, next_billing_date, cancel_at_next_billing_date, payment_id
      from (
            select
                unnest($1::text[]), unnest($2::timestamptz[]), unnest($3::timestamptz[]), unnest($4::smallint[]), unnest($5::bigint[]),
                unnest($6::text[]), unnest($7::text[]), unnest($8::text[]), unnest($9::text[]), unnest($10::text[]), unnest($11::bigint[]),
                unnest($12::text[]), unnest($13::bigint[]), unnest($14::timestamptz[]), unnest($15::timestamptz[]), unnest($16::boolean[]),
                unnest($17::text[])
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
