-- Takes the newest event of each entity; the state that is newer wins. Events that changed nothing because newer state was there are noted as stale, with
-- them those of the batch that newer ones superseded: $38 their ids, $39 those of the events that are sent in their place.
with written as (
    insert into billing.payments as known (
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, payment_id, brand_id, customer_id, subscription_id,
        checkout_session_id, invoice_id, status, charge_type, currency, total_amount, tax, settlement_currency, settlement_amount,
        settlement_tax, refund_status, is_update_payment_method, is_multi_subscription, retry_attempt, payment_provider, payment_method,
        payment_method_type, card_network, card_last_four, card_issuing_country, billing_country, error_code, error_message, created_at,
        provider_updated_at, metadata, data
    )
    select
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, payment_id, brand_id, customer_id, subscription_id,
        checkout_session_id, invoice_id, status, charge_type, currency, total_amount, tax, settlement_currency, settlement_amount,
        settlement_tax, refund_status, is_update_payment_method, is_multi_subscription, retry_attempt, payment_provider, payment_method,
        payment_method_type, card_network, card_last_four, card_issuing_country, billing_country, error_code, error_message, created_at,
        provider_updated_at, metadata, data
      from (
            select
                unnest($1::text[]), unnest($2::timestamptz[]), unnest($3::timestamptz[]), unnest($4::smallint[]), unnest($5::bigint[]),
                unnest($6::text[]), unnest($7::text[]), unnest($8::text[]), unnest($9::text[]), unnest($10::text[]), unnest($11::text[]),
                unnest($12::text[]), unnest($13::text[]), unnest($14::text[]), unnest($15::text[]), unnest($16::bigint[]), unnest($17::bigint[]),
                unnest($18::text[]), unnest($19::bigint[]), unnest($20::bigint[]), unnest($21::text[]), unnest($22::boolean[]), unnest($23::boolean[]),
                unnest($24::bigint[]), unnest($25::text[]), unnest($26::text[]), unnest($27::text[]), unnest($28::text[]), unnest($29::text[]),
                unnest($30::text[]), unnest($31::text[]), unnest($32::text[]), unnest($33::text[]), unnest($34::timestamptz[]),
                unnest($35::timestamptz[]), unnest($36::json[]), unnest($37::json[])
      ) as event (
            webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, payment_id, brand_id, customer_id, subscription_id,
            checkout_session_id, invoice_id, status, charge_type, currency, total_amount, tax, settlement_currency, settlement_amount,
            settlement_tax, refund_status, is_update_payment_method, is_multi_subscription, retry_attempt, payment_provider, payment_method,
            payment_method_type, card_network, card_last_four, card_issuing_country, billing_country, error_code, error_message, created_at,
            provider_updated_at, metadata, data
      )
     order by payment_id collate "C"
    on conflict on constraint payments_pkey do update set
        webhook_id = excluded.webhook_id, event_at = excluded.event_at, attempt_at = excluded.attempt_at,
        status_rank = excluded.status_rank, tie_break = excluded.tie_break, business_id = excluded.business_id,
        brand_id = excluded.brand_id, customer_id = excluded.customer_id, subscription_id = excluded.subscription_id,
        checkout_session_id = excluded.checkout_session_id, invoice_id = excluded.invoice_id, status = excluded.status,
        charge_type = excluded.charge_type, currency = excluded.currency, total_amount = excluded.total_amount, tax = excluded.tax,
        settlement_currency = excluded.settlement_currency, settlement_amount = excluded.settlement_amount,
        settlement_tax = excluded.settlement_tax, refund_status = excluded.refund_status,
        is_update_payment_method = excluded.is_update_payment_method, is_multi_subscription = excluded.is_multi_subscription,
        retry_attempt = excluded.retry_attempt, payment_provider = excluded.payment_provider, payment_method = excluded.payment_method,
        payment_method_type = excluded.payment_method_type, card_network = excluded.card_network, card_last_four = excluded.card_last_four,
        card_issuing_country = excluded.card_issuing_country, billing_country = excluded.billing_country, error_code = excluded.error_code,
        error_message = excluded.error_message, created_at = excluded.created_at, provider_updated_at = excluded.provider_updated_at,
        metadata = excluded.metadata, data = excluded.data, updated_at = now()
     where (excluded.event_at, excluded.attempt_at, excluded.status_rank, excluded.tie_break)
         > (known.event_at, known.attempt_at, known.status_rank, known.tie_break)
    returning known.webhook_id
), stale as (
    -- By their ids as an array: joined, PostgreSQL would rather read all of the worker's inbox than look some hundred of them up.
    update worker.inbox as inbox set outcome = 'stale'
     where inbox.worker = 'billing' and inbox.outcome = 'applied' and inbox.applied_at = now()
       and inbox.webhook_id = any (array(
             select event.id
               from (select id, id as winner from unnest($1::text[]) as id union all select * from unnest($38::text[], $39::text[])) as event (id, winner)
               left join written on written.webhook_id = event.winner
              group by event.id
             having count(written.webhook_id) = 0
           ))
    returning 1
)
select count(*) as stale from stale
