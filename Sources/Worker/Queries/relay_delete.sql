-- Forgets what the broker has.
delete from worker.outbox as row
 using unnest($1::smallint[], $2::bigint[]) as done (shard, position)
 where row.shard = done.shard and row.position = done.position
