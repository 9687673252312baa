-- Makes a row for every entitlement that has none yet, so that there is something to lock. In the order of ids, as everywhere.
insert into licensing.entitlements (entitlement_id)
select distinct entitlement_id collate "C" from unnest($1::text[]) as incoming (entitlement_id) order by 1
on conflict on constraint entitlements_pkey do nothing
