-- Holds the rows of subscriptions likewise: of $1, with the time since when each is begun ($2, or null), and of those that the payments $3 are for. It runs
-- behind hold_payments.sql: what these payments are for cannot change under us any more.
with named as (
    select subject_id collate "C" as subject_id, min(since) as since
      from (select * from unnest($1::text[], $2::timestamptz[]) as subscription (subject_id, since)
            union all
            select reached, null from fulfilment.reached_subscriptions($3::text[], '{}') as reached) as subscription
     group by 1
)
insert into fulfilment.subjects as known (subject_id, kind, since)
select subject_id, 'subscription', since from named order by subject_id
on conflict on constraint subjects_pkey do update set since = excluded.since
 where excluded.since < known.since or known.since is null and excluded.since is not null
