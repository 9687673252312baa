-- One row a key again, saying what the facts came to.
create table licensing.dodo_keys_as_they_stand as select * from licensing.dodo_keys;
drop view licensing.dodo_keys;
truncate licensing.dodo_key_facts;

drop index licensing.dodo_key_facts_by_grant;
alter table licensing.dodo_key_facts
    drop constraint dodo_key_facts_pkey,
    drop constraint dodo_key_facts_of_something,
    drop constraint dodo_key_facts_hash_of_key,
    drop column grant_id,
    drop column grant_status,
    alter column lookup_hash set not null,
    alter column last_characters set not null;
comment on table licensing.dodo_key_facts is null;
comment on column licensing.dodo_key_facts.dodo_key_id is null;

alter index licensing.dodo_key_facts_by_key rename to dodo_keys_by_key;
alter index licensing.dodo_key_facts_by_customer rename to dodo_keys_by_customer;
alter table licensing.dodo_key_facts rename constraint dodo_key_facts_lookup_hash_is_mac to dodo_keys_lookup_hash_is_mac;
alter table licensing.dodo_key_facts rename constraint dodo_key_facts_last_characters_few to dodo_keys_last_characters_few;
alter table licensing.dodo_key_facts rename to dodo_keys;
alter table licensing.dodo_keys add constraint dodo_keys_pkey primary key (dodo_key_id);

insert into licensing.dodo_keys (
    dodo_key_id, lookup_hash, last_characters, status, activations_limit, instances_count, customer_id, product_id, payment_id, subscription_id, source,
    created_at, expires_at, event_at, attempt_at, status_rank, tie_break, webhook_id, first_seen, updated_at
)
select dodo_key_id, lookup_hash, last_characters, status, activations_limit, instances_count, customer_id, product_id, payment_id, subscription_id, source,
       created_at, expires_at, event_at, attempt_at, status_rank, tie_break, webhook_id, first_seen, updated_at
  from licensing.dodo_keys_as_they_stand;
drop table licensing.dodo_keys_as_they_stand;
