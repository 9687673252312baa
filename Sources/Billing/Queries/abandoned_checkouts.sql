-- Takes the newest event of each entity; the state that is newer wins. Events that changed nothing because newer state was there are noted as stale, with
-- them those of the batch that newer ones superseded: $14 their ids, $15 those of the events that are sent in their place.
with written as (
    insert into billing.abandoned_checkouts as known (
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, payment_id, brand_id, customer_id, status,
        abandonment_reason, recovered_payment_id, abandoned_at
    )
    select
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, payment_id, brand_id, customer_id, status,
        abandonment_reason, recovered_payment_id, abandoned_at
      from (
            select
                unnest($1::text[]), unnest($2::timestamptz[]), unnest($3::timestamptz[]), unnest($4::smallint[]), unnest($5::bigint[]),
                unnest($6::text[]), unnest($7::text[]), unnest($8::text[]), unnest($9::text[]), unnest($10::text[]), unnest($11::text[]),
                unnest($12::text[]), unnest($13::timestamptz[])
      ) as event (
            webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, payment_id, brand_id, customer_id, status,
            abandonment_reason, recovered_payment_id, abandoned_at
      )
     order by payment_id collate "C"
    on conflict on constraint abandoned_checkouts_pkey do update set
        webhook_id = excluded.webhook_id, event_at = excluded.event_at, attempt_at = excluded.attempt_at,
        status_rank = excluded.status_rank, tie_break = excluded.tie_break, business_id = excluded.business_id,
        brand_id = excluded.brand_id, customer_id = excluded.customer_id, status = excluded.status,
        abandonment_reason = excluded.abandonment_reason, recovered_payment_id = excluded.recovered_payment_id,
        abandoned_at = excluded.abandoned_at, updated_at = now()
     where (excluded.event_at, excluded.attempt_at, excluded.status_rank, excluded.tie_break)
         > (known.event_at, known.attempt_at, known.status_rank, known.tie_break)
    returning known.webhook_id
), stale as (
    -- By their ids as an array: joined, PostgreSQL would rather read all of the worker's inbox than look some hundred of them up.
    update worker.inbox as inbox set outcome = 'stale'
     where inbox.worker = 'billing' and inbox.outcome = 'applied' and inbox.applied_at = now()
       and inbox.webhook_id = any (array(
             select event.id
               from (select id, id as winner from unnest($1::text[]) as id union all select * from unnest($14::text[], $15::text[])) as event (id, winner)
               left join written on written.webhook_id = event.winner
              group by event.id
             having count(written.webhook_id) = 0
           ))
    returning 1
)
select count(*) as stale from stale
