-- The licences of locked entitlements.
select licence_id, entitlement_id, line, revision, generation, state, reason, operator_reason, operator_revoked_at is not null as is_operator_revoked,
       customer_id, product_id, features::text as features, seats, activations_allowed, token_days, key_prefix,
       (extract(epoch from valid_until) * 1000000)::bigint as valid_until
  from licensing.licences
 where entitlement_id = any ($1::text[])
 order by entitlement_id, line
