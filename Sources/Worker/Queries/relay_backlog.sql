-- How many rows wait in these shards ($1), counted up to 100,000, and how many seconds the oldest has waited.
select (select count(*) from (select from worker.outbox where shard = any ($1::smallint[]) limit 100000) as counted) as depth,
       (select coalesce(extract(epoch from clock_timestamp() - min(first.created_at)), 0)::float8
          from unnest($1::smallint[]) as held (number)
         cross join lateral (select created_at from worker.outbox where shard = held.number order by position limit 1) as first) as age_seconds
