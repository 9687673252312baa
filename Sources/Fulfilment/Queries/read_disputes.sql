-- The disputes of the payments in hand.
select payment_id, dispute_status, fulfilment.microseconds(event_at)
  from fulfilment.disputes
 where payment_id = any((select fulfilment.payments_in_hand())::text[])
 order by payment_id, dispute_id
