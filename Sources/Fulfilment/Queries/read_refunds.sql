-- The refunds of the payments in hand.
select payment_id, status, is_partial, amount, currency, fulfilment.microseconds(event_at)
  from fulfilment.refunds
 where payment_id = any((select fulfilment.payments_in_hand())::text[])
 order by payment_id, refund_id
