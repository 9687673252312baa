-- The subscriptions in hand, whether or not an event has told of them yet. The limit keeps PostgreSQL from turning the join round (decision 0009).
select subject.subject_id, fulfilment.microseconds(subject.since), known.business_id, known.customer_id, known.product_id, known.quantity, known.status, known.on_demand,
       known.cancel_at_next_billing_date, fulfilment.microseconds(known.created_at), fulfilment.microseconds(known.previous_billing_date),
       fulfilment.microseconds(known.next_billing_date), fulfilment.microseconds(known.cancelled_at), fulfilment.microseconds(known.past_due_ends_at),
       fulfilment.microseconds(known.expires_at), fulfilment.microseconds(known.event_at), known.subscription_id is not null
  from fulfilment.subjects as subject
  left join lateral (select * from fulfilment.subscriptions where subscription_id = subject.subject_id limit 1) as known on true
 where subject.subject_id = any((select fulfilment.subscriptions_in_hand())::text[])
