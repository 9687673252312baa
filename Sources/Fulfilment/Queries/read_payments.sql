-- The payments in hand that were ever paid, and those that were named whatever became of them. The limit keeps PostgreSQL from turning the join round (decision 0009).
select known.payment_id, fulfilment.microseconds(subject.since), known.home_id, known.business_id, known.customer_id, known.checkout_session_id, known.status,
       known.charge_type, known.currency, known.total_amount, known.refund_status, known.is_update_payment_method, known.subscription_id,
       known.subscription_ids, known.product_cart, known.service_periods
  from fulfilment.payments as known
 cross join lateral (select since from fulfilment.subjects where subject_id = known.payment_id limit 1) as subject
 where known.payment_id = any((select fulfilment.payments_in_hand())::text[])
   and (subject.since is not null or known.payment_id in (select unnest(fulfilment.payments_named())))
 order by known.payment_id
