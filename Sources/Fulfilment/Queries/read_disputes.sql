-- The disputes of the payments in hand.
select payment_id, dispute_status, fulfilment.microseconds(event_at)
  from fulfilment.disputes
 where payment_id = any(array(select fulfilment.reached_payments($1::text[], $2::text[])))
 order by payment_id, dispute_id
