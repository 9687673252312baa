-- Schema licensing: who holds which licence, what proves it offline, and the keys that Dodo issued (DESIGN §9).
--
-- No key stands here. A key is derived from the master secret over its licence line; what is kept is a keyed hash to look it up by (worth nothing
-- without the master secret) and its last characters, which a support desk asks for.

create schema licensing;

comment on schema licensing is 'Licences and what proves them: one licence for each line of an entitlement.';

-- Which master secret this database was issued under: two must never mix, or a licence would have two keys.
create table licensing.master_secret (
    only_row    boolean     not null default true,
    fingerprint bytea       not null,
    first_seen  timestamptz not null default now(),
    constraint master_secret_pkey primary key (only_row),
    constraint master_secret_is_one check (only_row),
    constraint master_secret_fingerprint_length check (octet_length(fingerprint) = 16)
);

comment on column licensing.master_secret.fingerprint is 'a MAC under the master secret; tells another secret apart and nothing more';

-- First statement of whoever derives keys: fails, instead of answering, when the secret is not the one that this database knows.
-- The first who may claim decides; who only reads must not, or a wrong secret in a shell would keep the worker out.
create function licensing.check_master_secret(of_fingerprint bytea, may_claim boolean) returns void
    language plpgsql
    set search_path = pg_catalog
as $$
declare
    known bytea;
begin
    select fingerprint into known from licensing.master_secret;
    if not found then
        if not may_claim then
            return;
        end if;
        insert into licensing.master_secret (fingerprint) values (of_fingerprint) on conflict on constraint master_secret_pkey do nothing;
        select fingerprint into known from licensing.master_secret;
    end if;
    if known <> of_fingerprint then
        raise exception 'NICOBAR_LICENSE_MASTER_SECRET is not the secret that the licences of this database were issued with'
            using errcode = 'NB002';
    end if;
end
$$;

-- The entitlements as their newest event told them. Its row is the lock of all its licences.
create table licensing.entitlements (
    entitlement_id    text collate "C" not null,
    revision          bigint      not null default 0,
    state             text        not null default 'revoked',
    reason            text,
    business_id       text,
    customer_id       text,
    source_kind       text,
    source_id         text collate "C",
    order_id          text,
    product_id        text,
    quantity          bigint      not null default 0,
    features          json        not null default '[]',
    valid_from        timestamptz,
    valid_until       timestamptz,
    keys_per          text,
    activations       bigint,
    token_days        integer,
    key_prefix        text,
    catalogue_version bigint,
    changed_at        timestamptz,
    lines             integer     not null default 0,
    lines_ever        integer     not null default 0,
    updated_at        timestamptz not null default now(),
    constraint entitlements_pkey primary key (entitlement_id),
    constraint entitlements_revision_not_negative check (revision >= 0),
    constraint entitlements_state_known check (state in ('active', 'suspended', 'revoked')),
    constraint entitlements_keys_per_known check (keys_per in ('unit', 'entitlement')),
    constraint entitlements_lines_within_ever check (lines between 0 and lines_ever)
);

comment on column licensing.entitlements.revision is 'the highest that was applied; 0 while its first event is being applied';
comment on column licensing.entitlements.lines is 'how many licences it gives now, were it active';
comment on column licensing.entitlements.lines_ever is 'how many it gave at most, by any of its revisions: so many licences exist, whatever the order in which those came';

-- One licence a line.
create table licensing.licences (
    licence_id               text collate "C" not null,
    entitlement_id           text collate "C" not null,
    line                     integer     not null,
    revision                 bigint      not null,
    generation               integer     not null default 1,
    state                    text        not null,
    reason                   text,
    lookup_hash              bytea       not null,
    last_characters          text        not null,
    customer_id              text,
    product_id               text,
    features                 json        not null,
    seats                    bigint      not null,
    activations_allowed      bigint,
    token_days               integer,
    key_prefix               text,
    valid_until              timestamptz,
    operator_revoked_at      timestamptz,
    operator_reason          text,
    revocation_epoch         bigint      not null default 0,
    tokens_until             timestamptz,
    changed_at               timestamptz,
    created_at               timestamptz not null default now(),
    updated_at               timestamptz not null default now(),
    constraint licences_pkey primary key (licence_id),
    constraint licences_one_per_line unique (entitlement_id, line),
    constraint licences_of_entitlement foreign key (entitlement_id) references licensing.entitlements,
    constraint licences_key_once unique (lookup_hash),
    constraint licences_lookup_hash_is_mac check (octet_length(lookup_hash) = 32),
    constraint licences_last_characters_few check (length(last_characters) <= 5),
    constraint licences_state_known check (state in ('active', 'suspended', 'revoked')),
    constraint licences_operator_revokes check (operator_revoked_at is null or state = 'revoked'),
    constraint licences_line_positive check (line > 0),
    constraint licences_revision_positive check (revision > 0),
    constraint licences_generation_positive check (generation > 0),
    constraint licences_seats_not_negative check (seats >= 0),
    constraint licences_activations_not_negative check (activations_allowed >= 0),
    constraint licences_token_days_in_range check (token_days between 1 and 3650)
);

create index licences_by_customer on licensing.licences (customer_id);
create index licences_withdrawn on licensing.licences (tokens_until) where revocation_epoch > 0;

comment on column licensing.licences.generation is 'raised by a reissue; part of what the key is derived from';
comment on column licensing.licences.seats is '1 where every unit has a key of its own, else the quantity';
comment on column licensing.licences.activations_allowed is 'the policy''s number for each seat, times the seats; null = any number';
comment on column licensing.licences.operator_revoked_at is 'an operator has revoked it: no event of the entitlement brings it back';
comment on column licensing.licences.revocation_epoch is 'tokens issued in an earlier epoch prove nothing any more; 0 = it was never withdrawn';
comment on column licensing.licences.tokens_until is 'when the last token that was ever issued for it runs out';

-- What a licence is in use on. A slot is taken by one activation at a time, and slots are numbered up to the limit: so the limit holds however many ask at once.
create table licensing.activations (
    activation_id  text        not null,
    licence_id     text collate "C" not null,
    slot           bigint      not null,
    name           text,
    activated_at   timestamptz not null default now(),
    last_seen      timestamptz not null default now(),
    deactivated_at timestamptz,
    constraint activations_pkey primary key (activation_id),
    constraint activations_of_licence foreign key (licence_id) references licensing.licences,
    constraint activations_slot_positive check (slot > 0)
);

create unique index activations_slot_once on licensing.activations (licence_id, slot) where deactivated_at is null;

-- A limit that sinks later leaves what is in use alone; it binds the next activation.
create function licensing.activation_within_limit() returns trigger
    language plpgsql
    set search_path = pg_catalog
as $$
declare
    held licensing.licences;
begin
    -- The same lock that a change of the licence takes.
    select * into held from licensing.licences where licence_id = new.licence_id for share;
    if found and held.state <> 'active' then
        raise exception 'the licence is %', held.state using errcode = '23514', constraint = 'activations_of_active_licence', table = 'activations', schema = 'licensing';
    end if;
    if found and new.slot > held.activations_allowed then
        raise exception 'all activations of the licence are in use' using errcode = '23514', constraint = 'activations_within_limit', table = 'activations', schema = 'licensing';
    end if;
    return new;
end
$$;

create trigger activations_within_limit before insert or update of slot, licence_id on licensing.activations
    for each row when (new.deactivated_at is null) execute function licensing.activation_within_limit();

-- The keys that sign tokens. The private half is derived from the master secret and the kid whenever it is wanted (docs/decisions/0005).
create table licensing.signing_keys (
    kid          text        not null,
    public_key   bytea       not null,
    state        text        not null,
    created_at   timestamptz not null default now(),
    activated_at timestamptz,
    retired_at   timestamptz,
    tokens_until timestamptz,
    constraint signing_keys_pkey primary key (kid),
    constraint signing_keys_public_key_once unique (public_key),
    constraint signing_keys_public_key_is_ed25519 check (octet_length(public_key) = 32),
    constraint signing_keys_state_known check (state in ('next', 'active', 'retired')),
    constraint signing_keys_times_fit check (
        case state when 'next' then activated_at is null and retired_at is null
                   when 'active' then activated_at is not null and retired_at is null
                   else activated_at is not null and retired_at is not null end)
);

create unique index signing_keys_one_active on licensing.signing_keys (state) where state = 'active';
create unique index signing_keys_one_next on licensing.signing_keys (state) where state = 'next';

comment on column licensing.signing_keys.state is 'next: published, signs nothing yet; active: signs; retired: published until its last token has run out';
comment on column licensing.signing_keys.tokens_until is 'when the last token or revocation list that it signed runs out';

-- Counts the withdrawals; behind the lock of this row, so that a list of epoch n holds all withdrawals up to n.
create table licensing.revocation_epoch (
    only_row  boolean     not null default true,
    epoch     bigint      not null default 0,
    raised_at timestamptz not null default now(),
    constraint revocation_epoch_pkey primary key (only_row),
    constraint revocation_epoch_is_one check (only_row)
);
insert into licensing.revocation_epoch default values;

-- Dodo's own keys at their newest known state. Same hash, so that one question finds either kind.
create table licensing.dodo_keys (
    dodo_key_id       text collate "C" not null,
    lookup_hash       bytea       not null,
    last_characters   text        not null,
    status            text,
    activations_limit bigint,
    instances_count   bigint,
    customer_id       text,
    product_id        text,
    payment_id        text,
    subscription_id   text collate "C",
    source            text,
    created_at        timestamptz,
    expires_at        timestamptz,
    event_at          timestamptz not null,
    attempt_at        timestamptz not null,
    status_rank       smallint    not null,
    tie_break         bigint      not null,
    webhook_id        text        not null,
    first_seen        timestamptz not null default now(),
    updated_at        timestamptz not null default now(),
    constraint dodo_keys_pkey primary key (dodo_key_id),
    constraint dodo_keys_lookup_hash_is_mac check (octet_length(lookup_hash) = 32),
    constraint dodo_keys_last_characters_few check (length(last_characters) <= 4)
);

create index dodo_keys_by_key on licensing.dodo_keys (lookup_hash);
create index dodo_keys_by_customer on licensing.dodo_keys (customer_id);

-- What operators did to licences and signing keys, and why.
create table licensing.audit (
    id            bigint      generated always as identity,
    at            timestamptz not null default now(),
    operator      text        not null,
    database_user text        not null default current_user,
    action        text        not null,
    subject       text        not null,
    reason        text,
    constraint audit_pkey primary key (id),
    constraint audit_action_known check (action in ('revoke', 'reinstate', 'reissue', 'rotate-key', 'prepare-key'))
);

create index audit_by_subject on licensing.audit (subject, at);
