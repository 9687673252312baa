-- Writes entitlements whose rows are locked: the decision which revision is the newest has been made. Each row is looked up by its key and taken by its place,
-- for a plain join, planned while the table was small, would read all of it (decision 0009).
update licensing.entitlements as known set
    revision = incoming.revision, state = incoming.state, reason = incoming.reason, business_id = incoming.business_id,
    customer_id = incoming.customer_id, source_kind = incoming.source_kind, source_id = incoming.source_id, order_id = incoming.order_id,
    product_id = incoming.product_id, quantity = incoming.quantity, features = incoming.features, valid_from = incoming.valid_from,
    valid_until = incoming.valid_until, keys_per = incoming.keys_per, activations = incoming.activations, token_days = incoming.token_days,
    key_prefix = incoming.key_prefix, catalogue_version = incoming.catalogue_version, changed_at = incoming.changed_at,
    lines = incoming.lines, lines_ever = incoming.lines_ever, updated_at = now()
  from (
      select described.*, found.ctid as place
        from unnest(
            $1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::bigint[],
            $12::json[], $13::timestamptz[], $14::timestamptz[], $15::text[], $16::bigint[], $17::integer[], $18::text[], $19::bigint[], $20::timestamptz[],
            $21::integer[], $22::integer[]
        ) as described (
            entitlement_id, revision, state, reason, business_id, customer_id, source_kind, source_id, order_id, product_id, quantity,
            features, valid_from, valid_until, keys_per, activations, token_days, key_prefix, catalogue_version, changed_at,
            lines, lines_ever
        )
       cross join lateral (select ctid from licensing.entitlements where entitlement_id = described.entitlement_id limit 1) as found
  ) as incoming
 where known.ctid = incoming.place
