-- Of each customer the newest description wins. Says nothing of staleness: the events came for their own entities' sake.
with written as (
    insert into billing.customers as known (
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, customer_id, email, name, phone_number, metadata
    )
    select
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, customer_id, email, name, phone_number, metadata
      from unnest(
            $1::text[], $2::timestamptz[], $3::timestamptz[], $4::smallint[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[],
            $10::text[], $11::json[]
      ) as event (
            webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, customer_id, email, name, phone_number, metadata
      )
     order by customer_id collate "C"
    on conflict on constraint customers_pkey do update set
        webhook_id = excluded.webhook_id, event_at = excluded.event_at, attempt_at = excluded.attempt_at,
        status_rank = excluded.status_rank, tie_break = excluded.tie_break, business_id = excluded.business_id, email = excluded.email,
        name = excluded.name, phone_number = excluded.phone_number, metadata = excluded.metadata, updated_at = now()
     where (excluded.event_at, excluded.attempt_at, excluded.status_rank, excluded.tie_break)
         > (known.event_at, known.attempt_at, known.status_rank, known.tie_break)
    returning 1
)
select 0::bigint as stale, count(*) as written from written
