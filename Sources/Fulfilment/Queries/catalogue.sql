-- The catalogue in force, its text only when it is not the version $1; and what time it is: $2, or the clock's.
select coalesce(newest.version, 0) as version, case when newest.version <> $1::bigint then newest.document end as document,
       fulfilment.microseconds(coalesce($2::timestamptz, clock_timestamp())) as now
  from (select) as always
  left join (select version, document from fulfilment.catalogue_versions order by version desc limit 1) as newest on true
