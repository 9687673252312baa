-- Periods that turned out not to be any, looked up by their keys and taken by their places (decision 0009).
delete from fulfilment.periods
 where ctid = any (array(
           select found.ctid
             from unnest($1::text[], $2::timestamptz[]) as gone (subscription_id, starts_at)
            cross join lateral (
                  select ctid from fulfilment.periods as period
                   where period.subscription_id = gone.subscription_id and period.starts_at = gone.starts_at limit 1) as found))
