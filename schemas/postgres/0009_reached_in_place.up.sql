-- What hangs on payments and subscriptions was asked for by a function within an expression, so PostgreSQL planned that function's query anew in every
-- transaction. Read from, as a table is, it becomes part of the statement and of its plan.
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
