-- Puts off the first subject whose conclusion PostgreSQL refuses, so that those behind it get their turn.
update fulfilment.subjects set due_at = clock_timestamp() + interval '1 hour'
 where subject_id = (select subject_id from fulfilment.subjects where due_at <= coalesce($1::timestamptz, statement_timestamp())
                      order by due_at limit 1 for update skip locked)
returning subject_id
