-- Periods that turned out not to be any.
delete from fulfilment.periods as period
 using unnest($1::text[], $2::timestamptz[]) as gone (subscription_id, starts_at)
 where period.subscription_id = gone.subscription_id and period.starts_at = gone.starts_at
