-- Who relays (objid 16, held by all of them together) and who holds which shard (objid 0 to 15), from the table of locks.
select objid::integer as part, pid
  from pg_locks
 where locktype = 'advisory' and objsubid = 2 and granted and classid = $1::bigint::oid
   and database = (select oid from pg_database where datname = current_database())
