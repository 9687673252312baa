-- Writes licences of locked entitlements. One that takes tokens back raises the epoch, once a batch, behind the lock of its row.
with incoming as materialized (
    select * from unnest(
        $1::text[], $2::text[], $3::integer[], $4::bigint[], $5::integer[], $6::text[], $7::text[], $8::bytea[], $9::text[], $10::text[], $11::text[],
        $12::json[], $13::bigint[], $14::bigint[], $15::integer[], $16::text[], $17::timestamptz[], $18::bool[], $19::text[], $20::timestamptz[], $21::bool[]
    ) as licence (
        licence_id, entitlement_id, line, revision, generation, state, reason, lookup_hash, last_characters, customer_id, product_id,
        features, seats, activations_allowed, token_days, key_prefix, valid_until, is_operator_revoked, operator_reason, changed_at, withdraws
    )
), raised as (
    update licensing.revocation_epoch set epoch = epoch + 1, raised_at = now()
     where exists (select from incoming where withdraws)
    returning epoch
)
insert into licensing.licences as known (
    licence_id, entitlement_id, line, revision, generation, state, reason, lookup_hash, last_characters, customer_id, product_id,
    features, seats, activations_allowed, token_days, key_prefix, valid_until, operator_revoked_at, operator_reason, changed_at, revocation_epoch
)
select licence_id, entitlement_id, line, revision, generation, state, reason, lookup_hash, last_characters, customer_id, product_id,
       features, seats, activations_allowed, token_days, key_prefix, valid_until, case when is_operator_revoked then now() end, operator_reason, changed_at,
       case when withdraws then (select epoch from raised) else 0 end
  from incoming
 order by licence_id collate "C"
on conflict on constraint licences_pkey do update set
    revision = excluded.revision, generation = excluded.generation, state = excluded.state, reason = excluded.reason,
    lookup_hash = excluded.lookup_hash, last_characters = excluded.last_characters, customer_id = excluded.customer_id,
    product_id = excluded.product_id, features = excluded.features, seats = excluded.seats, activations_allowed = excluded.activations_allowed,
    token_days = excluded.token_days, key_prefix = excluded.key_prefix, valid_until = excluded.valid_until,
    operator_revoked_at = case when excluded.operator_revoked_at is null then null else coalesce(known.operator_revoked_at, excluded.operator_revoked_at) end,
    operator_reason = excluded.operator_reason, changed_at = excluded.changed_at,
    revocation_epoch = greatest(known.revocation_epoch, excluded.revocation_epoch), updated_at = now()
