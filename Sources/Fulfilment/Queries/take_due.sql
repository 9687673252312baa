-- Takes subjects whose time has come, as long as nobody else is at work on them: of one kind at a time, since the two are locked in different ways.
select subject_id, kind
  from fulfilment.subjects
 where due_at <= coalesce($1::timestamptz, clock_timestamp())
   and kind = (select kind from fulfilment.subjects where due_at <= coalesce($1::timestamptz, clock_timestamp()) order by due_at limit 1)
 order by due_at
 limit $2::bigint
   for update skip locked
