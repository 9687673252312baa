-- The terms of the subscriptions in hand, and of those that share a payment with them.
select subscription_id, product_id, fulfilment.microseconds(starts_at), fulfilment.microseconds(ends_at), quantity, fulfilment.microseconds(first_at), is_entitling,
       fulfilment.microseconds(event_at)
  from fulfilment.subscription_terms
 where subscription_id = any(array(
           select reached from fulfilment.reached_subscriptions(fulfilment.payments_in_hand(), fulfilment.subscriptions_in_hand()) as reached))
 order by subscription_id, starts_at, first_at, product_id
