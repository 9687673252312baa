-- What subscriptions were for in the periods that events told of. The newest event about a term says how many and until when; that it was told of at all,
-- when first, and whether it gave access, only ever grows.
with incoming as materialized (
    select * from unnest(
        $1::text[], $2::timestamptz[], $3::text[], $4::bigint[], $5::timestamptz[], $6::boolean[], $7::timestamptz[], $8::timestamptz[], $9::smallint[],
        $10::bigint[]
    ) as event (subscription_id, starts_at, product_id, quantity, ends_at, is_entitling, event_at, attempt_at, status_rank, tie_break)
), merged as (
    select distinct on (subscription_id collate "C", starts_at, product_id collate "C")
           subscription_id collate "C" as subscription_id, starts_at, product_id collate "C" as product_id, quantity, ends_at, event_at, attempt_at,
           status_rank, tie_break, min(event_at) over term as first_at, bool_or(is_entitling) over term as is_entitling
      from incoming
    window term as (partition by subscription_id collate "C", starts_at, product_id collate "C")
     order by 1, 2, 3, event_at desc, attempt_at desc, status_rank desc, tie_break desc
)
insert into fulfilment.subscription_terms as known (
    subscription_id, starts_at, product_id, quantity, ends_at, first_at, is_entitling, event_at, attempt_at, status_rank, tie_break
)
select subscription_id, starts_at, product_id, quantity, ends_at, first_at, is_entitling, event_at, attempt_at, status_rank, tie_break
  from merged
 order by subscription_id, starts_at, product_id
on conflict on constraint subscription_terms_pkey do update set
    (quantity, ends_at, event_at, attempt_at, status_rank, tie_break) = (
        select case when newer then excluded.quantity else known.quantity end, case when newer then excluded.ends_at else known.ends_at end,
               case when newer then excluded.event_at else known.event_at end, case when newer then excluded.attempt_at else known.attempt_at end,
               case when newer then excluded.status_rank else known.status_rank end, case when newer then excluded.tie_break else known.tie_break end
          from (select (excluded.event_at, excluded.attempt_at, excluded.status_rank, excluded.tie_break)
                     > (known.event_at, known.attempt_at, known.status_rank, known.tie_break) as newer) as version
    ),
    first_at = least(known.first_at, excluded.first_at), is_entitling = known.is_entitling or excluded.is_entitling
 where (excluded.event_at, excluded.attempt_at, excluded.status_rank, excluded.tie_break)
     > (known.event_at, known.attempt_at, known.status_rank, known.tie_break)
    or excluded.first_at < known.first_at or excluded.is_entitling and not known.is_entitling
