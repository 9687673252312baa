-- Periods that are new or differ; a period is counted once.
insert into fulfilment.periods (subscription_id, starts_at, ends_at, product_id, quantity, payment_id)
select * from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::text[], $5::bigint[], $6::text[])
on conflict on constraint periods_counted_once do update set
    ends_at = excluded.ends_at, product_id = excluded.product_id, quantity = excluded.quantity, payment_id = excluded.payment_id
