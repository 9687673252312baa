-- A payment that several subscriptions share may have become known between the two statements before. Waiting for it here could be waiting crosswise, so
-- whoever finds it held goes back and tries the whole batch again (SQLSTATE 55P03).
select subject_id
  from fulfilment.subjects
 where subject_id = any(array(
           select payment_id from fulfilment.shared_payments
            where subscription_id = any(array(select reached from fulfilment.reached_subscriptions($1::text[], $2::text[]) as reached))))
 order by subject_id
   for update nowait
