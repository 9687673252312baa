-- Takes the newest event of each entity; the state that is newer wins. Events that changed nothing because newer state was there are noted as stale, with
-- them those of the batch that newer ones superseded: $20 their ids, $21 those of the events that are sent in their place.
with written as (
    insert into billing.payouts as known (
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, payout_id, status, currency, amount, fee, tax, refunds,
        chargebacks, payment_method, name, remarks, created_at, provider_updated_at
    )
    select
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, payout_id, status, currency, amount, fee, tax, refunds,
        chargebacks, payment_method, name, remarks, created_at, provider_updated_at
      from (
            select
                unnest($1::text[]), unnest($2::timestamptz[]), unnest($3::timestamptz[]), unnest($4::smallint[]), unnest($5::bigint[]),
                unnest($6::text[]), unnest($7::text[]), unnest($8::text[]), unnest($9::text[]), unnest($10::bigint[]), unnest($11::bigint[]),
                unnest($12::bigint[]), unnest($13::bigint[]), unnest($14::bigint[]), unnest($15::text[]), unnest($16::text[]), unnest($17::text[]),
                unnest($18::timestamptz[]), unnest($19::timestamptz[])
      ) as event (
            webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, payout_id, status, currency, amount, fee, tax, refunds,
            chargebacks, payment_method, name, remarks, created_at, provider_updated_at
      )
     order by payout_id collate "C"
    on conflict on constraint payouts_pkey do update set
        webhook_id = excluded.webhook_id, event_at = excluded.event_at, attempt_at = excluded.attempt_at,
        status_rank = excluded.status_rank, tie_break = excluded.tie_break, business_id = excluded.business_id, status = excluded.status,
        currency = excluded.currency, amount = excluded.amount, fee = excluded.fee, tax = excluded.tax, refunds = excluded.refunds,
        chargebacks = excluded.chargebacks, payment_method = excluded.payment_method, name = excluded.name, remarks = excluded.remarks,
        created_at = excluded.created_at, provider_updated_at = excluded.provider_updated_at, updated_at = now()
     where (excluded.event_at, excluded.attempt_at, excluded.status_rank, excluded.tie_break)
         > (known.event_at, known.attempt_at, known.status_rank, known.tie_break)
    returning known.webhook_id
), stale as (
    -- By their ids as an array: joined, PostgreSQL would rather read all of the worker's inbox than look some hundred of them up.
    update worker.inbox as inbox set outcome = 'stale'
     where inbox.worker = 'billing' and inbox.outcome = 'applied' and inbox.applied_at = now()
       and inbox.webhook_id = any (array(
             select event.id
               from (select id, id as winner from unnest($1::text[]) as id union all select * from unnest($20::text[], $21::text[])) as event (id, winner)
               left join written on written.webhook_id = event.winner
              group by event.id
             having count(written.webhook_id) = 0
           ))
    returning 1
)
select count(*) as stale from stale
