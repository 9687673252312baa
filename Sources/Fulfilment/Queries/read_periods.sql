-- The periods of the subscriptions in hand as they were concluded last.
select subscription_id, fulfilment.microseconds(starts_at), fulfilment.microseconds(ends_at), product_id, quantity, payment_id
  from fulfilment.periods
 where subscription_id = any((select fulfilment.subscriptions_in_hand())::text[])
