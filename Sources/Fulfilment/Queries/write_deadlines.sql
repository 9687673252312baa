-- When the subjects in hand must be looked at again.
update fulfilment.subjects as subject set due_at = deadline.due_at
  from unnest($1::text[], $2::timestamptz[]) as deadline (subject_id, due_at)
 where subject.subject_id = deadline.subject_id and subject.due_at is distinct from deadline.due_at
