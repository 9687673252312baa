-- Holds the rows of payments until the end of the transaction, making those that are missing: of $1, with the time since when each is paid ($2, or null),
-- and of those that the subscriptions $3 share. Sorted, so that two transactions never wait for each other crosswise. A row is locked by the conflict itself,
-- whether or not it changes.
with named as (
    select subject_id collate "C" as subject_id, min(since) as since
      from (select * from unnest($1::text[], $2::timestamptz[]) as payment (subject_id, since)
            union all
            select payment_id, null from fulfilment.shared_payments where subscription_id = any($3::text[])) as payment
     group by 1
)
insert into fulfilment.subjects as known (subject_id, kind, since)
select subject_id, 'payment', since from named order by subject_id
on conflict on constraint subjects_pkey do update set since = excluded.since
 where excluded.since < known.since or known.since is null and excluded.since is not null
