-- Takes the newest event of each entity; the state that is newer wins. Events that changed nothing because newer state was there are noted as stale, with
-- them those of the batch that newer ones superseded: $24 their ids, $25 those of the events that are sent in their place.
with written as (
    insert into billing.credit_ledger_entries as known (
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, id, brand_id, customer_id, credit_entitlement_id,
        transaction_type, is_credit, amount, balance_before, balance_after, overage_before, overage_after, grant_id, reference_id,
        reference_type, description, created_at, metadata
    )
    select
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, id, brand_id, customer_id, credit_entitlement_id,
        transaction_type, is_credit, amount::numeric, balance_before::numeric, balance_after::numeric, overage_before::numeric,
        overage_after::numeric, grant_id, reference_id, reference_type, description, created_at, metadata
      from (
            select
                unnest($1::text[]), unnest($2::timestamptz[]), unnest($3::timestamptz[]), unnest($4::smallint[]), unnest($5::bigint[]),
                unnest($6::text[]), unnest($7::text[]), unnest($8::text[]), unnest($9::text[]), unnest($10::text[]), unnest($11::text[]),
                unnest($12::boolean[]), unnest($13::text[]), unnest($14::text[]), unnest($15::text[]), unnest($16::text[]), unnest($17::text[]),
                unnest($18::text[]), unnest($19::text[]), unnest($20::text[]), unnest($21::text[]), unnest($22::timestamptz[]), unnest($23::json[])
      ) as event (
            webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, id, brand_id, customer_id, credit_entitlement_id,
            transaction_type, is_credit, amount, balance_before, balance_after, overage_before, overage_after, grant_id, reference_id,
            reference_type, description, created_at, metadata
      )
     order by id collate "C"
    on conflict on constraint credit_ledger_entries_pkey do update set
        webhook_id = excluded.webhook_id, event_at = excluded.event_at, attempt_at = excluded.attempt_at,
        status_rank = excluded.status_rank, tie_break = excluded.tie_break, business_id = excluded.business_id,
        brand_id = excluded.brand_id, customer_id = excluded.customer_id, credit_entitlement_id = excluded.credit_entitlement_id,
        transaction_type = excluded.transaction_type, is_credit = excluded.is_credit, amount = excluded.amount,
        balance_before = excluded.balance_before, balance_after = excluded.balance_after, overage_before = excluded.overage_before,
        overage_after = excluded.overage_after, grant_id = excluded.grant_id, reference_id = excluded.reference_id,
        reference_type = excluded.reference_type, description = excluded.description, created_at = excluded.created_at,
        metadata = excluded.metadata, updated_at = now()
     where (excluded.event_at, excluded.attempt_at, excluded.status_rank, excluded.tie_break)
         > (known.event_at, known.attempt_at, known.status_rank, known.tie_break)
    returning known.webhook_id
), stale as (
    -- By their ids as an array: joined, PostgreSQL would rather read all of the worker's inbox than look some hundred of them up.
    update worker.inbox as inbox set outcome = 'stale'
     where inbox.worker = 'billing' and inbox.outcome = 'applied' and inbox.applied_at = now()
       and inbox.webhook_id = any (array(
             select event.id
               from (select id, id as winner from unnest($1::text[]) as id union all select * from unnest($24::text[], $25::text[])) as event (id, winner)
               left join written on written.webhook_id = event.winner
              group by event.id
             having count(written.webhook_id) = 0
           ))
    returning 1
)
select count(*) as stale from stale
