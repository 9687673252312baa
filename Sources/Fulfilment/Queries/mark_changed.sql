-- Makes everything due that a new catalogue changes: whoever has bought one of the products $1, or with $2 a product that is not among the listed $3.
with bought as (
    select line.product_id, coalesce(line.subscription_id, line.payment_id) as subject_id from fulfilment.order_lines as line
    union
    select product_id, subscription_id from fulfilment.subscription_terms
    union
    select product_id, subscription_id from fulfilment.subscriptions where product_id is not null
    union
    select product_id, source_id from fulfilment.entitlements
)
update fulfilment.subjects as subject set due_at = now()
 where subject.subject_id in (
           select subject_id from bought
            where product_id = any($1::text[]) or $2::boolean and not product_id = any($3::text[]))
   and (subject.due_at is null or subject.due_at > now())
