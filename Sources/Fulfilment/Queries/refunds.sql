-- Of each entity the newest state wins; events that changed nothing because newer state was there are noted as stale.
with incoming as materialized (
    select * from unnest(
        $1::text[], $2::timestamptz[], $3::timestamptz[], $4::smallint[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::boolean[],
        $10::bigint[], $11::text[]
    ) as event (
        webhook_id, event_at, attempt_at, status_rank, tie_break, refund_id, payment_id, status, is_partial, amount, currency
    )
), written as (
    insert into fulfilment.refunds as known (
        webhook_id, event_at, attempt_at, status_rank, tie_break, refund_id, payment_id, status, is_partial, amount, currency
    )
    select distinct on (refund_id collate "C")
        webhook_id, event_at, attempt_at, status_rank, tie_break, refund_id, payment_id, status, is_partial, amount, currency
      from incoming
     order by refund_id collate "C", event_at desc, attempt_at desc, status_rank desc, tie_break desc
    on conflict on constraint refunds_pkey do update set
        webhook_id = excluded.webhook_id, event_at = excluded.event_at, attempt_at = excluded.attempt_at, status_rank = excluded.status_rank,
        tie_break = excluded.tie_break, payment_id = excluded.payment_id, status = excluded.status, is_partial = excluded.is_partial,
        amount = excluded.amount, currency = excluded.currency, updated_at = now()
     where (excluded.event_at, excluded.attempt_at, excluded.status_rank, excluded.tie_break)
         > (known.event_at, known.attempt_at, known.status_rank, known.tie_break)
    returning known.refund_id
), stale as (
    -- By their ids as an array: joined, PostgreSQL would rather read all of the worker's inbox than look some hundred of them up.
    update worker.inbox as inbox set outcome = 'stale'
     where inbox.worker = 'fulfilment' and inbox.outcome = 'applied' and inbox.applied_at = now()
       and inbox.webhook_id = any (array(select webhook_id from incoming where not exists (select from written where written.refund_id = incoming.refund_id)))
    returning 1
)
select count(*) as stale from stale
