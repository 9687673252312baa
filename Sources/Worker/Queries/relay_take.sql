-- Tries the locks of these shards ($2), for the life of the session.
select shard from unnest($2::integer[]) as wanted (shard) where pg_try_advisory_lock($1::integer, shard)
