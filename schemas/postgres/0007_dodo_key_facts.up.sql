-- Dodo's keys are told of twice: by license_key.created, which Dodo calls legacy and after which nothing comes, and by the entitlement grants that carry a key
-- (FACTS 5.7). Each source's newest word is kept in a row of its own, so that neither wipes out what only the other says, and the view says what they come to:
-- whatever the order in which they came, it is the same.

alter table licensing.dodo_keys rename to dodo_key_facts;
alter table licensing.dodo_key_facts drop constraint dodo_keys_pkey;
alter table licensing.dodo_key_facts rename constraint dodo_keys_lookup_hash_is_mac to dodo_key_facts_lookup_hash_is_mac;
alter table licensing.dodo_key_facts rename constraint dodo_keys_last_characters_few to dodo_key_facts_last_characters_few;
alter index licensing.dodo_keys_by_key rename to dodo_key_facts_by_key;
alter index licensing.dodo_keys_by_customer rename to dodo_key_facts_by_customer;

alter table licensing.dodo_key_facts
    add column grant_id text collate "C" not null default '',
    add column grant_status text,
    alter column lookup_hash drop not null,
    alter column last_characters drop not null,
    add constraint dodo_key_facts_pkey primary key (dodo_key_id, grant_id),
    add constraint dodo_key_facts_of_something check (dodo_key_id <> '' or grant_id <> ''),
    add constraint dodo_key_facts_hash_of_key check ((lookup_hash is null) = (dodo_key_id = '') and (last_characters is null) = (dodo_key_id = ''));

create index dodo_key_facts_by_grant on licensing.dodo_key_facts (grant_id) where grant_id <> '';

comment on table licensing.dodo_key_facts is 'what was said last of each of Dodo''s keys, by license_key.created and by each grant; licensing.dodo_keys says what it comes to';
comment on column licensing.dodo_key_facts.dodo_key_id is 'empty: the grant''s event carried no key, and says only how the grant stands';
comment on column licensing.dodo_key_facts.grant_id is 'empty: license_key.created said it';

-- Dodo's own keys as they stand. The newest word on a key counts; a grant that was revoked since disables every key that it ever carried, also where the revocation
-- itself names none. Asked for one key or some by id, it reads the rows of those only.
create view licensing.dodo_keys as
select said.dodo_key_id, said.lookup_hash, said.last_characters, case when withdrawn.grant_id is null then said.status else 'disabled' end as status,
       said.activations_limit, said.instances_count, coalesce(said.customer_id, made.customer_id) as customer_id, made.product_id,
       coalesce(said.payment_id, made.payment_id) as payment_id, coalesce(said.subscription_id, made.subscription_id) as subscription_id,
       made.source, made.created_at, said.expires_at,
       coalesce(withdrawn.event_at, said.event_at) as event_at, coalesce(withdrawn.attempt_at, said.attempt_at) as attempt_at,
       coalesce(withdrawn.status_rank, said.status_rank) as status_rank, coalesce(withdrawn.tie_break, said.tie_break) as tie_break,
       coalesce(withdrawn.webhook_id, said.webhook_id) as webhook_id, least(said.first_seen, made.first_seen) as first_seen,
       coalesce(withdrawn.updated_at, said.updated_at) as updated_at
  from (
      select distinct on (dodo_key_id) *
        from licensing.dodo_key_facts
       where dodo_key_id <> ''
       order by dodo_key_id, event_at desc, attempt_at desc, status_rank desc, tie_break desc, grant_id desc
  ) said
  left join licensing.dodo_key_facts made on made.dodo_key_id = said.dodo_key_id and made.grant_id = ''
  left join lateral (
      select newest.*
        from licensing.dodo_key_facts carried
        cross join lateral (
            select * from licensing.dodo_key_facts of_grant
             where of_grant.grant_id = carried.grant_id and of_grant.grant_id <> ''
             order by event_at desc, attempt_at desc, status_rank desc, tie_break desc, dodo_key_id desc limit 1
        ) newest
       where carried.dodo_key_id = said.dodo_key_id and carried.grant_id <> '' and newest.grant_status = 'Revoked'
         and (newest.event_at, newest.attempt_at, newest.status_rank, newest.tie_break) >= (said.event_at, said.attempt_at, said.status_rank, said.tie_break)
       order by newest.event_at desc, newest.attempt_at desc, newest.status_rank desc, newest.tie_break desc, newest.grant_id desc limit 1
  ) withdrawn on true;

comment on view licensing.dodo_keys is 'Dodo''s own keys as they stand; licence keys are never here, only what they are found by';
