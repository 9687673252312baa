-- The first $3 rows of each of these shards ($1) that the relay has not in hand ($2). From the beginning each time: a row that commits late stands before others.
select row.*
  from unnest($1::smallint[]) as held (number)
 cross join lateral (
      select position, shard, id, topic, key, type, (extract(epoch from occurred_at) * 1000000)::bigint as occurred_at, traceparent, body
        from worker.outbox
       where shard = held.number and position not in (select unnest($2::bigint[]))
       order by position
       limit $3::bigint
  ) as row
 order by row.shard, row.position
