-- Lets go of the locks of these shards ($2).
select count(*) filter (where pg_advisory_unlock($1::integer, shard)) from unnest($2::integer[]) as given (shard)
