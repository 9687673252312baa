-- Keeps for the statements behind it, until the end of the transaction, which payments and subscriptions are in hand: $1 and $2, with all that hangs on them.
select set_config('nicobar.payments_in_hand', array(select reached from fulfilment.reached_payments($1::text[], $2::text[]) as reached)::text, true),
       set_config('nicobar.subscriptions_in_hand', array(select reached from fulfilment.reached_subscriptions($1::text[], $2::text[]) as reached)::text, true),
       set_config('nicobar.payments_named', $1::text[]::text, true)
