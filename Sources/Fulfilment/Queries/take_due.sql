-- Takes subjects whose time has come, as long as nobody else is at work on them: of one kind at a time, since the two are locked in different ways.
-- The time is a statement's: the clock's changes from row to row, so PostgreSQL would read every deadline there is instead of those that are over.
select subject_id, kind
  from fulfilment.subjects
 where due_at <= coalesce($1::timestamptz, statement_timestamp())
   and kind = (select kind from fulfilment.subjects where due_at <= coalesce($1::timestamptz, statement_timestamp()) order by due_at limit 1)
 order by due_at
 limit $2::bigint
   for update skip locked
