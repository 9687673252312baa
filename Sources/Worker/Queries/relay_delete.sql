-- Forgets what the broker has. Each row is looked up by its key and taken by its place: the outbox is empty one moment and long the next, and a join planned for
-- the one would read all of the other (decision 0009).
delete from worker.outbox
 where ctid = any (array(
           select found.ctid
             from unnest($1::smallint[], $2::bigint[]) as done (shard, position)
            cross join lateral (select ctid from worker.outbox as row where row.shard = done.shard and row.position = done.position limit 1) as found))
