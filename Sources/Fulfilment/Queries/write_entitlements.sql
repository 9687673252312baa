-- Entitlements that are new or differ, whole. The first time that one was active stays.
insert into fulfilment.entitlements as known (
    entitlement_id, revision, state, reason, business_id, customer_id, source_kind, source_id, order_id, product_id, quantity, features, licence_policy,
    valid_from, valid_until, catalogue_version, granted_at, changed_at
)
select * from unnest(
    $1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::bigint[], $12::json[],
    $13::json[], $14::timestamptz[], $15::timestamptz[], $16::bigint[], $17::timestamptz[], $18::timestamptz[]
)
on conflict on constraint entitlements_pkey do update set
    revision = excluded.revision, state = excluded.state, reason = excluded.reason, business_id = excluded.business_id,
    customer_id = excluded.customer_id, order_id = excluded.order_id, quantity = excluded.quantity, features = excluded.features,
    licence_policy = excluded.licence_policy, valid_from = excluded.valid_from, valid_until = excluded.valid_until,
    catalogue_version = excluded.catalogue_version, granted_at = excluded.granted_at, changed_at = excluded.changed_at
