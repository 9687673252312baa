-- Takes the newest event of each entity; the state that is newer wins. Events that changed nothing because newer state was there are noted as stale, with
-- them those of the batch that newer ones superseded: $20 their ids, $21 those of the events that are sent in their place.
with written as (
    insert into billing.disputes as known (
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, dispute_id, payment_id, brand_id, customer_id,
        dispute_status, dispute_stage, amount, amount_text, currency, reason, remarks, is_resolved_by_rdr, created_at, data
    )
    select
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, dispute_id, payment_id, brand_id, customer_id,
        dispute_status, dispute_stage, case when amount_text ~ '^-?[0-9]{1,18}$' then amount_text::bigint end, amount_text, currency,
        reason, remarks, is_resolved_by_rdr, created_at, data
      from (
            select
                unnest($1::text[]), unnest($2::timestamptz[]), unnest($3::timestamptz[]), unnest($4::smallint[]), unnest($5::bigint[]),
                unnest($6::text[]), unnest($7::text[]), unnest($8::text[]), unnest($9::text[]), unnest($10::text[]), unnest($11::text[]),
                unnest($12::text[]), unnest($13::text[]), unnest($14::text[]), unnest($15::text[]), unnest($16::text[]), unnest($17::boolean[]),
                unnest($18::timestamptz[]), unnest($19::json[])
      ) as event (
            webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, dispute_id, payment_id, brand_id, customer_id,
            dispute_status, dispute_stage, amount_text, currency, reason, remarks, is_resolved_by_rdr, created_at, data
      )
     order by dispute_id collate "C"
    on conflict on constraint disputes_pkey do update set
        webhook_id = excluded.webhook_id, event_at = excluded.event_at, attempt_at = excluded.attempt_at,
        status_rank = excluded.status_rank, tie_break = excluded.tie_break, business_id = excluded.business_id,
        payment_id = excluded.payment_id, brand_id = excluded.brand_id, customer_id = excluded.customer_id,
        dispute_status = excluded.dispute_status, dispute_stage = excluded.dispute_stage, amount = excluded.amount,
        amount_text = excluded.amount_text, currency = excluded.currency, reason = excluded.reason, remarks = excluded.remarks,
        is_resolved_by_rdr = excluded.is_resolved_by_rdr, created_at = excluded.created_at, data = excluded.data, updated_at = now()
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
