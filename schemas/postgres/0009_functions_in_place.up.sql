-- A function that PostgreSQL cannot make part of the statement is set up anew in each statement, and for small batches that is much of the work.

-- Within an expression its query was planned in every transaction. Read from, as a table is, it is part of the statement and of its plan.
create or replace function fulfilment.reached_payments(of_payments text[], of_subscriptions text[]) returns setof text
    language sql stable
as $$
    select unnest(of_payments)
    union
    select payment_id from fulfilment.payments
     where home_id = any(array(select reached from fulfilment.reached_subscriptions(of_payments, of_subscriptions) as reached))
    union
    select payment_id from fulfilment.shared_payments
     where subscription_id = any(array(select reached from fulfilment.reached_subscriptions(of_payments, of_subscriptions) as reached))
$$;

-- It promised more than what it calls does: `extract` of a timestamptz is stable.
alter function fulfilment.microseconds(timestamptz) stable;

-- A setting of its own keeps a function apart, and costs 40 µs a call to set and to take back. What these name is in a schema by name, or in pg_catalog, which
-- comes first in any search path.
alter function worker.outbox_shard(text) reset all;
alter function worker.advance_lane(text, integer, bigint, jsonb, bigint) reset all;
alter function licensing.check_master_secret(bytea, boolean) reset all;
