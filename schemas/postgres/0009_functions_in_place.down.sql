alter function licensing.check_master_secret(bytea, boolean) set search_path = pg_catalog;
alter function worker.advance_lane(text, integer, bigint, jsonb, bigint) set search_path = pg_catalog;
alter function worker.outbox_shard(text) set search_path = pg_catalog;
alter function fulfilment.microseconds(timestamptz) immutable;

create or replace function fulfilment.reached_payments(of_payments text[], of_subscriptions text[]) returns setof text
    language sql stable
as $$
    select unnest(of_payments)
    union
    select payment_id from fulfilment.payments where home_id = any(array(select fulfilment.reached_subscriptions(of_payments, of_subscriptions)))
    union
    select payment_id from fulfilment.shared_payments where subscription_id = any(array(select fulfilment.reached_subscriptions(of_payments, of_subscriptions)))
$$;
