-- Their lines.
select payment_id, product_id, quantity, subscription_id, fulfilment.microseconds(starts_at), fulfilment.microseconds(ends_at)
  from fulfilment.order_lines
 where payment_id = any((select fulfilment.payments_in_hand())::text[])
 order by payment_id, line
