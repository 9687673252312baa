-- Locks entitlements, and with them their licences, and gives them as they are.
select entitlement_id, revision, state, reason, business_id, customer_id, source_kind, source_id, order_id, product_id, quantity, features::text as features,
       (extract(epoch from valid_from) * 1000000)::bigint as valid_from, (extract(epoch from valid_until) * 1000000)::bigint as valid_until,
       keys_per, activations, token_days, key_prefix, catalogue_version, (extract(epoch from changed_at) * 1000000)::bigint as changed_at, lines_ever
  from licensing.entitlements
 where entitlement_id = any ($1::text[])
 order by entitlement_id
   for update
