-- Orders that are new or differ, whole.
insert into fulfilment.orders (
    payment_id, revision, state, business_id, customer_id, checkout_session_id, charge_type, currency, total_amount, refunded_amount, paid_at, changed_at
)
select * from unnest(
    $1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::bigint[], $11::timestamptz[],
    $12::timestamptz[]
)
on conflict on constraint orders_pkey do update set
    revision = excluded.revision, state = excluded.state, business_id = excluded.business_id, customer_id = excluded.customer_id,
    checkout_session_id = excluded.checkout_session_id, charge_type = excluded.charge_type, currency = excluded.currency,
    total_amount = excluded.total_amount, refunded_amount = excluded.refunded_amount, paid_at = excluded.paid_at, changed_at = excluded.changed_at
