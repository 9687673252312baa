-- Their lines.
select payment_id, product_id, quantity, subscription_id, fulfilment.microseconds(starts_at), fulfilment.microseconds(ends_at)
  from fulfilment.order_lines
 where payment_id = any(array(select fulfilment.reached_payments($1::text[], $2::text[])))
 order by payment_id, line
