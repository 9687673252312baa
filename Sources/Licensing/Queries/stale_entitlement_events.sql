-- Notes events that told nothing newer than what was known before this batch.
with stale as (
    -- By their ids as an array: joined, PostgreSQL would rather read all of the worker's inbox than look some hundred of them up.
    update worker.inbox as inbox set outcome = 'stale'
     where inbox.worker = 'licensing' and inbox.outcome = 'applied' and inbox.applied_at = now()
       and inbox.webhook_id = any (array(
           select incoming.webhook_id
             from unnest($1::text[], $2::text[], $3::bigint[]) as incoming (webhook_id, entitlement_id, revision)
            cross join lateral (select revision from licensing.entitlements where entitlement_id = incoming.entitlement_id limit 1) as known
            where incoming.revision <= known.revision))
    returning 1
)
select count(*) as stale from stale
