-- Notes events that told nothing newer than what was known before this batch.
with stale as (
    update worker.inbox as inbox set outcome = 'stale'
      from unnest($1::text[], $2::text[], $3::bigint[]) as incoming (webhook_id, entitlement_id, revision)
      join licensing.entitlements as known using (entitlement_id)
     where inbox.worker = 'licensing' and inbox.webhook_id = incoming.webhook_id and inbox.outcome = 'applied' and inbox.applied_at = now()
       and incoming.revision <= known.revision
    returning 1
)
select count(*) as stale from stale
