-- Which payments several subscriptions share; once known, known for good.
insert into fulfilment.shared_payments (subscription_id, payment_id)
select distinct subscription_id collate "C", payment_id collate "C"
  from unnest($1::text[], $2::text[]) as link (subscription_id, payment_id)
 order by 1, 2
on conflict on constraint shared_payments_pkey do nothing
