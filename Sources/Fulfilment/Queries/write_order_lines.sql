insert into fulfilment.order_lines (payment_id, line, product_id, quantity, subscription_id, starts_at, ends_at)
select * from unnest($1::text[], $2::integer[], $3::text[], $4::bigint[], $5::text[], $6::timestamptz[], $7::timestamptz[])
