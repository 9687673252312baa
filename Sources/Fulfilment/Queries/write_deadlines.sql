-- When the subjects in hand must be looked at again. Their rows are held; each is looked up by its key and taken by its place (decision 0009).
update fulfilment.subjects as subject set due_at = deadline.due_at
  from (select known.ctid as place, deadline.due_at
          from unnest($1::text[], $2::timestamptz[]) as deadline (subject_id, due_at)
         cross join lateral (select ctid, due_at from fulfilment.subjects where subject_id = deadline.subject_id limit 1) as known
         where known.due_at is distinct from deadline.due_at) as deadline
 where subject.ctid = deadline.place
