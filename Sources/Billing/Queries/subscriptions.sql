-- Takes the newest event of each entity; the state that is newer wins. Events that changed nothing because newer state was there are noted as stale, with
-- them those of the batch that newer ones superseded: $36 their ids, $37 those of the events that are sent in their place.
with written as (
    insert into billing.subscriptions as known (
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, subscription_id, brand_id, customer_id, product_id, quantity,
        status, currency, recurring_pre_tax_amount, tax_inclusive, payment_frequency_count, payment_frequency_interval,
        subscription_period_count, subscription_period_interval, trial_period_days, on_demand, has_payment_method, payment_method_id,
        cancel_at_next_billing_date, cancellation_feedback, cancelled_by, created_at, previous_billing_date, next_billing_date,
        cancelled_at, paused_at, past_due_ends_at, expires_at, metadata, data
    )
    select
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, subscription_id, brand_id, customer_id, product_id, quantity,
        status, currency, recurring_pre_tax_amount, tax_inclusive, payment_frequency_count, payment_frequency_interval,
        subscription_period_count, subscription_period_interval, trial_period_days, on_demand, has_payment_method, payment_method_id,
        cancel_at_next_billing_date, cancellation_feedback, cancelled_by, created_at, previous_billing_date, next_billing_date,
        cancelled_at, paused_at, past_due_ends_at, expires_at, metadata, data
      from (
            select
                unnest($1::text[]), unnest($2::timestamptz[]), unnest($3::timestamptz[]), unnest($4::smallint[]), unnest($5::bigint[]),
                unnest($6::text[]), unnest($7::text[]), unnest($8::text[]), unnest($9::text[]), unnest($10::text[]), unnest($11::bigint[]),
                unnest($12::text[]), unnest($13::text[]), unnest($14::bigint[]), unnest($15::boolean[]), unnest($16::bigint[]), unnest($17::text[]),
                unnest($18::bigint[]), unnest($19::text[]), unnest($20::bigint[]), unnest($21::boolean[]), unnest($22::boolean[]), unnest($23::text[]),
                unnest($24::boolean[]), unnest($25::text[]), unnest($26::text[]), unnest($27::timestamptz[]), unnest($28::timestamptz[]),
                unnest($29::timestamptz[]), unnest($30::timestamptz[]), unnest($31::timestamptz[]), unnest($32::timestamptz[]),
                unnest($33::timestamptz[]), unnest($34::json[]), unnest($35::json[])
      ) as event (
            webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, subscription_id, brand_id, customer_id, product_id, quantity,
            status, currency, recurring_pre_tax_amount, tax_inclusive, payment_frequency_count, payment_frequency_interval,
            subscription_period_count, subscription_period_interval, trial_period_days, on_demand, has_payment_method, payment_method_id,
            cancel_at_next_billing_date, cancellation_feedback, cancelled_by, created_at, previous_billing_date, next_billing_date,
            cancelled_at, paused_at, past_due_ends_at, expires_at, metadata, data
      )
     order by subscription_id collate "C"
    on conflict on constraint subscriptions_pkey do update set
        webhook_id = excluded.webhook_id, event_at = excluded.event_at, attempt_at = excluded.attempt_at,
        status_rank = excluded.status_rank, tie_break = excluded.tie_break, business_id = excluded.business_id,
        brand_id = excluded.brand_id, customer_id = excluded.customer_id, product_id = excluded.product_id, quantity = excluded.quantity,
        status = excluded.status, currency = excluded.currency, recurring_pre_tax_amount = excluded.recurring_pre_tax_amount,
        tax_inclusive = excluded.tax_inclusive, payment_frequency_count = excluded.payment_frequency_count,
        payment_frequency_interval = excluded.payment_frequency_interval, subscription_period_count = excluded.subscription_period_count,
        subscription_period_interval = excluded.subscription_period_interval, trial_period_days = excluded.trial_period_days,
        on_demand = excluded.on_demand, has_payment_method = excluded.has_payment_method, payment_method_id = excluded.payment_method_id,
        cancel_at_next_billing_date = excluded.cancel_at_next_billing_date, cancellation_feedback = excluded.cancellation_feedback,
        cancelled_by = excluded.cancelled_by, created_at = excluded.created_at, previous_billing_date = excluded.previous_billing_date,
        next_billing_date = excluded.next_billing_date, cancelled_at = excluded.cancelled_at, paused_at = excluded.paused_at,
        past_due_ends_at = excluded.past_due_ends_at, expires_at = excluded.expires_at, metadata = excluded.metadata, data = excluded.data,
        updated_at = now()
     where (excluded.event_at, excluded.attempt_at, excluded.status_rank, excluded.tie_break)
         > (known.event_at, known.attempt_at, known.status_rank, known.tie_break)
    returning known.webhook_id
), stale as (
    -- By their ids as an array: joined, PostgreSQL would rather read all of the worker's inbox than look some hundred of them up.
    update worker.inbox as inbox set outcome = 'stale'
     where inbox.worker = 'billing' and inbox.outcome = 'applied' and inbox.applied_at = now()
       and inbox.webhook_id = any (array(
             select event.id
               from (select id, id as winner from unnest($1::text[]) as id union all select * from unnest($36::text[], $37::text[])) as event (id, winner)
               left join written on written.webhook_id = event.winner
              group by event.id
             having count(written.webhook_id) = 0
           ))
    returning 1
)
select count(*) as stale from stale
