-- Takes the newest event of each entity; the state that is newer wins. Events that changed nothing because newer state was there are noted as stale, with
-- them those of the batch that newer ones superseded: $30 their ids, $31 those of the events that are sent in their place.
with written as (
    insert into billing.entitlement_grants as known (
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, id, brand_id, customer_id, entitlement_id, integration_type,
        payment_id, subscription_id, status, revocation_reason, error_code, error_message, license_key_id, license_key_status,
        license_key_activations_used, license_key_activations_limit, license_key_expires_at, feature_id, feature_type, created_at,
        provider_updated_at, delivered_at, revoked_at, metadata
    )
    select
        webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, id, brand_id, customer_id, entitlement_id, integration_type,
        payment_id, subscription_id, status, revocation_reason, error_code, error_message, license_key_id, license_key_status,
        license_key_activations_used, license_key_activations_limit, license_key_expires_at, feature_id, feature_type, created_at,
        provider_updated_at, delivered_at, revoked_at, metadata
      from (
            select
                unnest($1::text[]), unnest($2::timestamptz[]), unnest($3::timestamptz[]), unnest($4::smallint[]), unnest($5::bigint[]),
                unnest($6::text[]), unnest($7::text[]), unnest($8::text[]), unnest($9::text[]), unnest($10::text[]), unnest($11::text[]),
                unnest($12::text[]), unnest($13::text[]), unnest($14::text[]), unnest($15::text[]), unnest($16::text[]), unnest($17::text[]),
                unnest($18::text[]), unnest($19::text[]), unnest($20::bigint[]), unnest($21::bigint[]), unnest($22::timestamptz[]), unnest($23::text[]),
                unnest($24::text[]), unnest($25::timestamptz[]), unnest($26::timestamptz[]), unnest($27::timestamptz[]), unnest($28::timestamptz[]),
                unnest($29::json[])
      ) as event (
            webhook_id, event_at, attempt_at, status_rank, tie_break, business_id, id, brand_id, customer_id, entitlement_id, integration_type,
            payment_id, subscription_id, status, revocation_reason, error_code, error_message, license_key_id, license_key_status,
            license_key_activations_used, license_key_activations_limit, license_key_expires_at, feature_id, feature_type, created_at,
            provider_updated_at, delivered_at, revoked_at, metadata
      )
     order by id collate "C"
    on conflict on constraint entitlement_grants_pkey do update set
        webhook_id = excluded.webhook_id, event_at = excluded.event_at, attempt_at = excluded.attempt_at,
        status_rank = excluded.status_rank, tie_break = excluded.tie_break, business_id = excluded.business_id,
        brand_id = excluded.brand_id, customer_id = excluded.customer_id, entitlement_id = excluded.entitlement_id,
        integration_type = excluded.integration_type, payment_id = excluded.payment_id, subscription_id = excluded.subscription_id,
        status = excluded.status, revocation_reason = excluded.revocation_reason, error_code = excluded.error_code,
        error_message = excluded.error_message, license_key_id = excluded.license_key_id, license_key_status = excluded.license_key_status,
        license_key_activations_used = excluded.license_key_activations_used,
        license_key_activations_limit = excluded.license_key_activations_limit, license_key_expires_at = excluded.license_key_expires_at,
        feature_id = excluded.feature_id, feature_type = excluded.feature_type, created_at = excluded.created_at,
        provider_updated_at = excluded.provider_updated_at, delivered_at = excluded.delivered_at, revoked_at = excluded.revoked_at,
        metadata = excluded.metadata, updated_at = now()
     where (excluded.event_at, excluded.attempt_at, excluded.status_rank, excluded.tie_break)
         > (known.event_at, known.attempt_at, known.status_rank, known.tie_break)
    returning known.webhook_id
), stale as (
    -- By their ids as an array: joined, PostgreSQL would rather read all of the worker's inbox than look some hundred of them up.
    update worker.inbox as inbox set outcome = 'stale'
     where inbox.worker = 'billing' and inbox.outcome = 'applied' and inbox.applied_at = now()
       and inbox.webhook_id = any (array(
             select event.id
               from (select id, id as winner from unnest($1::text[]) as id union all select * from unnest($30::text[], $31::text[])) as event (id, winner)
               left join written on written.webhook_id = event.winner
              group by event.id
             having count(written.webhook_id) = 0
           ))
    returning 1
)
select count(*) as stale from stale
