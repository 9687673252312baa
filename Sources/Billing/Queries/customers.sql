-- Of each customer the newest description wins. Says nothing of staleness: the events came for their own entities' sake.
with written as (
    insert into billing.customers as known (
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, customer_id, email, name, phone_number, metadata
    )
    select
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, customer_id, email, name, phone_number, metadata
      from (
            select
                unnest($1::text[]), unnest($2::timestamptz[]), unnest($3::timestamptz[]), unnest($4::smallint[]), unnest($5::bigint[]),
                unnest($6::text[]), unnest($7::text[]), unnest($8::text[]), unnest($9::text[]), unnest($10::text[]), unnest($11::json[])
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
