create or replace function fulfilment.reached_payments(of_payments text[], of_subscriptions text[]) returns setof text
    language sql stable
as $$
    select unnest(of_payments)
    union
    select payment_id from fulfilment.payments where home_id = any(array(select fulfilment.reached_subscriptions(of_payments, of_subscriptions)))
    union
    select payment_id from fulfilment.shared_payments where subscription_id = any(array(select fulfilment.reached_subscriptions(of_payments, of_subscriptions)))
$$;
