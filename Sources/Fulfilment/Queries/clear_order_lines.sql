-- The lines of orders that are written anew.
delete from fulfilment.order_lines where payment_id = any($1::text[])
