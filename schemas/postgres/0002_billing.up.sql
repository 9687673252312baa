-- Schema billing: the mirror of what Dodo has told us (DESIGN §9). One row an entity, at its newest known state; money in minor units beside its currency.
--
-- Every table ends with the version of its row: event_at, attempt_at, status_rank, tie_break. A row changes only for a greater one, so order and
-- repetition of events do not matter. Ids sort by bytes (collation "C"), which is what an id is.

create schema billing;

comment on schema billing is 'What Dodo Payments has told us, one row an entity at its newest known state.';

create table billing.customers (
    customer_id  text collate "C" not null,
    business_id  text,
    email        text,
    name         text,
    phone_number text,
    metadata     json,
    event_at     timestamptz not null,
    attempt_at   timestamptz not null,
    status_rank  smallint    not null,
    tie_break    bigint      not null,
    webhook_id   text        not null,
    first_seen   timestamptz not null default now(),
    updated_at   timestamptz not null default now(),
    constraint customers_pkey primary key (customer_id)
);

create index customers_by_email on billing.customers (lower(email));

create table billing.payments (
    payment_id               text collate "C" not null,
    business_id              text,
    brand_id                 text,
    customer_id              text,
    subscription_id          text collate "C",
    checkout_session_id      text,
    invoice_id               text,
    status                   text,
    charge_type              text,
    currency                 text,
    total_amount             bigint,
    tax                      bigint,
    settlement_currency      text,
    settlement_amount        bigint,
    settlement_tax           bigint,
    refund_status            text,
    is_update_payment_method boolean,
    is_multi_subscription    boolean,
    retry_attempt            bigint,
    payment_provider         text,
    payment_method           text,
    payment_method_type      text,
    card_network             text,
    card_last_four           text,
    card_issuing_country     text,
    billing_country          text,
    error_code               text,
    error_message            text,
    created_at               timestamptz,
    provider_updated_at      timestamptz,
    metadata                 json,
    data                     json compression lz4 not null,
    event_at                 timestamptz not null,
    attempt_at               timestamptz not null,
    status_rank              smallint    not null,
    tie_break                bigint      not null,
    webhook_id               text        not null,
    first_seen               timestamptz not null default now(),
    updated_at               timestamptz not null default now(),
    constraint payments_pkey primary key (payment_id)
);

create index payments_by_customer on billing.payments (customer_id);
create index payments_by_subscription on billing.payments (subscription_id) where subscription_id is not null;
create index payments_by_time on billing.payments (created_at);

comment on column billing.payments.status is 'as Dodo has it; null while Dodo has none';
comment on column billing.payments.total_amount is 'minor units of currency, what the customer paid, tax included';
comment on column billing.payments.settlement_amount is 'minor units of settlement_currency';
comment on column billing.payments.is_update_payment_method is 'true: a zero or set-up charge, not revenue';
comment on column billing.payments.data is 'the data object of the newest event, byte for byte';

create table billing.refunds (
    refund_id   text collate "C" not null,
    payment_id  text collate "C",
    business_id text,
    brand_id    text,
    customer_id text,
    status      text,
    is_partial  boolean,
    amount      bigint,
    currency    text,
    reason      text,
    network_reference text,
    created_at  timestamptz,
    data        json compression lz4 not null,
    event_at    timestamptz not null,
    attempt_at  timestamptz not null,
    status_rank smallint    not null,
    tie_break   bigint      not null,
    webhook_id  text        not null,
    first_seen  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    constraint refunds_pkey primary key (refund_id)
);

create index refunds_by_payment on billing.refunds (payment_id);

create table billing.disputes (
    dispute_id     text collate "C" not null,
    payment_id     text collate "C",
    business_id    text,
    brand_id       text,
    customer_id    text,
    dispute_status text,
    dispute_stage  text,
    amount         bigint,
    amount_text    text,
    currency       text,
    reason         text,
    remarks        text,
    is_resolved_by_rdr boolean,
    created_at     timestamptz,
    data           json compression lz4 not null,
    event_at       timestamptz not null,
    attempt_at     timestamptz not null,
    status_rank    smallint    not null,
    tie_break      bigint      not null,
    webhook_id     text        not null,
    first_seen     timestamptz not null default now(),
    updated_at     timestamptz not null default now(),
    constraint disputes_pkey primary key (dispute_id)
);

create index disputes_by_payment on billing.disputes (payment_id);

comment on column billing.disputes.amount is 'minor units of currency, where Dodo''s text is a whole number';
comment on column billing.disputes.amount_text is 'the amount as Dodo writes it: a text';

create table billing.subscriptions (
    subscription_id             text collate "C" not null,
    business_id                 text,
    brand_id                    text,
    customer_id                 text,
    product_id                  text,
    quantity                    bigint,
    status                      text,
    currency                    text,
    recurring_pre_tax_amount    bigint,
    tax_inclusive               boolean,
    payment_frequency_count     bigint,
    payment_frequency_interval  text,
    subscription_period_count   bigint,
    subscription_period_interval text,
    trial_period_days           bigint,
    on_demand                   boolean,
    has_payment_method          boolean,
    payment_method_id           text,
    cancel_at_next_billing_date boolean,
    cancellation_feedback       text,
    cancelled_by                text,
    created_at                  timestamptz,
    previous_billing_date       timestamptz,
    next_billing_date           timestamptz,
    cancelled_at                timestamptz,
    paused_at                   timestamptz,
    past_due_ends_at            timestamptz,
    expires_at                  timestamptz,
    metadata                    json,
    data                        json compression lz4 not null,
    event_at                    timestamptz not null,
    attempt_at                  timestamptz not null,
    status_rank                 smallint    not null,
    tie_break                   bigint      not null,
    webhook_id                  text        not null,
    first_seen                  timestamptz not null default now(),
    updated_at                  timestamptz not null default now(),
    constraint subscriptions_pkey primary key (subscription_id)
);

create index subscriptions_by_customer on billing.subscriptions (customer_id);
create index subscriptions_by_status on billing.subscriptions (status, next_billing_date);

comment on column billing.subscriptions.recurring_pre_tax_amount is 'minor units of currency for one billing period';
comment on column billing.subscriptions.cancelled_by is 'kind of actor; null when the system ended it';

-- One row an event, so nothing that only one event tells (the payment of a renewal) depends on which state won.
create table billing.subscription_history (
    webhook_id                  text collate "C" not null,
    subscription_id             text collate "C" not null,
    event_type                  text        not null,
    business_id                 text,
    status                      text,
    product_id                  text,
    quantity                    bigint,
    currency                    text,
    recurring_pre_tax_amount    bigint,
    previous_billing_date       timestamptz,
    next_billing_date           timestamptz,
    cancel_at_next_billing_date boolean,
    payment_id                  text,
    event_at                    timestamptz not null,
    attempt_at                  timestamptz not null,
    status_rank                 smallint    not null,
    tie_break                   bigint      not null,
    first_seen                  timestamptz not null default now(),
    constraint subscription_history_pkey primary key (webhook_id)
);

create index subscription_history_by_subscription on billing.subscription_history (subscription_id, event_at);

comment on column billing.subscription_history.payment_id is 'set on subscription.renewed: the payment that paid for the period';

create table billing.dodo_license_keys (
    id                  text collate "C" not null,
    business_id         text,
    brand_id            text,
    customer_id         text,
    product_id          text,
    payment_id          text collate "C",
    subscription_id     text collate "C",
    status              text,
    source              text,
    key_hash            bytea,
    key_last_characters text,
    activations_limit   bigint,
    instances_count     bigint,
    created_at          timestamptz,
    expires_at          timestamptz,
    event_at            timestamptz not null,
    attempt_at          timestamptz not null,
    status_rank         smallint    not null,
    tie_break           bigint      not null,
    webhook_id          text        not null,
    first_seen          timestamptz not null default now(),
    updated_at          timestamptz not null default now(),
    constraint dodo_license_keys_pkey primary key (id)
);

create index dodo_license_keys_by_key on billing.dodo_license_keys (key_hash);
create index dodo_license_keys_by_customer on billing.dodo_license_keys (customer_id);

comment on table billing.dodo_license_keys is 'Keys that Dodo issued. The key itself is not kept: its SHA-256 finds it, its last characters let people recognise it.';
comment on column billing.dodo_license_keys.activations_limit is 'null: unlimited';

create table billing.entitlement_grants (
    id                        text collate "C" not null,
    business_id               text,
    brand_id                  text,
    customer_id               text,
    entitlement_id            text,
    integration_type          text,
    payment_id                text collate "C",
    subscription_id           text collate "C",
    status                    text,
    revocation_reason         text,
    error_code                text,
    error_message             text,
    license_key_id            text,
    license_key_status        text,
    license_key_activations_used  bigint,
    license_key_activations_limit bigint,
    license_key_expires_at    timestamptz,
    feature_id                text,
    feature_type              text,
    created_at                timestamptz,
    provider_updated_at       timestamptz,
    delivered_at              timestamptz,
    revoked_at                timestamptz,
    metadata                  json,
    event_at                  timestamptz not null,
    attempt_at                timestamptz not null,
    status_rank               smallint    not null,
    tie_break                 bigint      not null,
    webhook_id                text        not null,
    first_seen                timestamptz not null default now(),
    updated_at                timestamptz not null default now(),
    constraint entitlement_grants_pkey primary key (id)
);

create index entitlement_grants_by_customer on billing.entitlement_grants (customer_id);
create index entitlement_grants_by_subscription on billing.entitlement_grants (subscription_id) where subscription_id is not null;

comment on table billing.entitlement_grants is 'Access that Dodo granted. Keys, download and OAuth links are not kept: they are secrets, and short-lived.';

-- Ledger entries never change; the version only says which delivery told of them.
create table billing.credit_ledger_entries (
    id                    text collate "C" not null,
    business_id           text,
    brand_id              text,
    customer_id           text,
    credit_entitlement_id text,
    transaction_type      text,
    is_credit             boolean,
    amount                numeric,
    balance_before        numeric,
    balance_after         numeric,
    overage_before        numeric,
    overage_after         numeric,
    grant_id              text,
    reference_id          text,
    reference_type        text,
    description           text,
    created_at            timestamptz,
    metadata              json,
    event_at              timestamptz not null,
    attempt_at            timestamptz not null,
    status_rank           smallint    not null,
    tie_break             bigint      not null,
    webhook_id            text        not null,
    first_seen            timestamptz not null default now(),
    updated_at            timestamptz not null default now(),
    constraint credit_ledger_entries_pkey primary key (id)
);

create index credit_ledger_entries_by_customer on billing.credit_ledger_entries (customer_id, credit_entitlement_id, created_at);

comment on column billing.credit_ledger_entries.amount is 'in the entitlement''s own unit: not money';

create table billing.credit_balance_alerts (
    subscription_id             text collate "C" not null,
    credit_entitlement_id       text collate "C" not null,
    business_id                 text,
    brand_id                    text,
    customer_id                 text,
    credit_entitlement_name     text,
    available_balance           numeric,
    subscription_credits_amount numeric,
    threshold_amount            numeric,
    threshold_percent           bigint,
    event_at                    timestamptz not null,
    attempt_at                  timestamptz not null,
    status_rank                 smallint    not null,
    tie_break                   bigint      not null,
    webhook_id                  text        not null,
    first_seen                  timestamptz not null default now(),
    updated_at                  timestamptz not null default now(),
    constraint credit_balance_alerts_pkey primary key (subscription_id, credit_entitlement_id)
);

comment on table billing.credit_balance_alerts is 'The latest warning of a low balance for each subscription and credit entitlement.';

create table billing.abandoned_checkouts (
    payment_id           text collate "C" not null,
    business_id          text,
    brand_id             text,
    customer_id          text,
    status               text,
    abandonment_reason   text,
    recovered_payment_id text,
    abandoned_at         timestamptz,
    event_at             timestamptz not null,
    attempt_at           timestamptz not null,
    status_rank          smallint    not null,
    tie_break            bigint      not null,
    webhook_id           text        not null,
    first_seen           timestamptz not null default now(),
    updated_at           timestamptz not null default now(),
    constraint abandoned_checkouts_pkey primary key (payment_id)
);

create table billing.dunning_attempts (
    subscription_id text collate "C" not null,
    created_at      timestamptz not null,
    business_id     text,
    brand_id        text,
    customer_id     text,
    status          text,
    trigger_state   text,
    payment_id      text,
    event_at        timestamptz not null,
    attempt_at      timestamptz not null,
    status_rank     smallint    not null,
    tie_break       bigint      not null,
    webhook_id      text        not null,
    first_seen      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    constraint dunning_attempts_pkey primary key (subscription_id, created_at)
);

create table billing.payouts (
    payout_id           text collate "C" not null,
    business_id         text,
    status              text,
    currency            text,
    amount              bigint,
    fee                 bigint,
    tax                 bigint,
    refunds             bigint,
    chargebacks         bigint,
    payment_method      text,
    name                text,
    remarks             text,
    created_at          timestamptz,
    provider_updated_at timestamptz,
    event_at            timestamptz not null,
    attempt_at          timestamptz not null,
    status_rank         smallint    not null,
    tie_break           bigint      not null,
    webhook_id          text        not null,
    first_seen          timestamptz not null default now(),
    updated_at          timestamptz not null default now(),
    constraint payouts_pkey primary key (payout_id)
);

comment on column billing.payouts.amount is 'minor units of currency';

-- What people ask for.

create view billing.active_subscriptions as
select subscription_id, customer_id, product_id, quantity, currency, recurring_pre_tax_amount, payment_frequency_count, payment_frequency_interval,
       previous_billing_date, next_billing_date, cancel_at_next_billing_date
  from billing.subscriptions
 where status = 'active';

comment on view billing.active_subscriptions is 'Subscriptions that run now; those in grace, on hold or paused are not among them.';

create view billing.monthly_recurring_revenue as
select currency,
       count(*) as subscriptions,
       round(sum(recurring_pre_tax_amount / greatest(payment_frequency_count, 1)::numeric * case payment_frequency_interval
               when 'Day' then 365.25 / 12
               when 'Week' then 365.25 / 12 / 7
               when 'Month' then 1
               when 'Year' then 1 / 12.0
             end))::bigint as monthly_minor_units
  from billing.subscriptions
 where status in ('active', 'past_due') and not coalesce(on_demand, false)
 group by currency;

comment on view billing.monthly_recurring_revenue is 'What running subscriptions bring a month before tax, in minor units of each currency; grace periods count, on-demand ones do not.';

create view billing.revenue_by_day as
with movements as (
    select (created_at at time zone 'UTC')::date as day, currency, total_amount as paid, 0::bigint as refunded, coalesce(tax, 0) as tax
      from billing.payments
     where status = 'succeeded' and not coalesce(is_update_payment_method, false)
    union all
    select (coalesce(created_at, event_at) at time zone 'UTC')::date, currency, 0, coalesce(amount, 0), 0
      from billing.refunds
     where status = 'succeeded'
)
select day, currency, sum(paid)::bigint as paid_minor_units, sum(refunded)::bigint as refunded_minor_units,
       (sum(paid) - sum(refunded))::bigint as net_minor_units, sum(tax)::bigint as tax_minor_units
  from movements
 group by day, currency;

comment on view billing.revenue_by_day is 'What customers paid and got back each day (UTC), tax included, in minor units of each currency.';

create view billing.at_risk_customers as
select s.customer_id, c.email, c.name, s.subscription_id, s.status, s.product_id, s.past_due_ends_at, s.next_billing_date, s.event_at as since
  from billing.subscriptions s
  left join billing.customers c using (customer_id)
 where s.status in ('past_due', 'on_hold');

comment on view billing.at_risk_customers is 'Customers whose renewal failed: in grace, or on hold.';

create view billing.payment_documents as
select payment_id, data::jsonb as data from billing.payments;

comment on view billing.payment_documents is 'Whole payments as jsonb, for operators and paths; each row read is parsed.';

create view billing.subscription_documents as
select subscription_id, data::jsonb as data from billing.subscriptions;

comment on view billing.subscription_documents is 'Whole subscriptions as jsonb, for operators and paths; each row read is parsed.';
