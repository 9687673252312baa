-- The orders of the payments in hand as they were concluded last.
select payment_id, revision, state, business_id, customer_id, checkout_session_id, charge_type, currency, total_amount, refunded_amount,
       fulfilment.microseconds(paid_at)
  from fulfilment.orders
 where payment_id = any((select fulfilment.payments_in_hand())::text[])
