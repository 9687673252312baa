-- Schema fulfilment: what was bought, and who may use what until when (DESIGN §9). Above, the facts it is concluded from, each at its newest known state;
-- below, the conclusions. A pure function in Swift leads from one to the other, so any order of events ends in the same conclusions.
--
-- Whoever concludes holds the subject's row (`subjects`): of a subscription for all that hangs on it, of a payment for a one-time purchase and for a
-- payment that several subscriptions share. Locks are taken in the order payments, then subscriptions, each sorted by bytes.

create schema fulfilment;

comment on schema fulfilment is 'What was bought, and who may use what until when.';

-- What is sold and what it grants; the highest version is in force.
create table fulfilment.catalogue_versions (
    version    bigint      not null,
    document   json        not null,
    applied_by text        not null,
    applied_at timestamptz not null default now(),
    constraint catalogue_versions_pkey primary key (version),
    constraint catalogue_versions_positive check (version > 0)
);

-- One row for every payment and subscription that was ever named: the lock, the deadline, and the one fact that never turns back.
create table fulfilment.subjects (
    subject_id text collate "C" not null,
    kind       text        not null,
    since      timestamptz,
    due_at     timestamptz,
    constraint subjects_pkey primary key (subject_id),
    constraint subjects_kind_known check (kind in ('payment', 'subscription'))
) with (fillfactor = 80);

create index subjects_due on fulfilment.subjects (due_at) where due_at is not null;

comment on column fulfilment.subjects.since is 'the earliest event that showed a payment as succeeded, a subscription as begun; null until then';
comment on column fulfilment.subjects.due_at is 'when its conclusions must be drawn again although nothing happens; null when never';

-- Facts ------------------------------------------------------------------------------------------------------------------------------------------------

create table fulfilment.payments (
    payment_id               text collate "C" not null,
    home_id                  text collate "C" not null,
    business_id              text,
    customer_id              text,
    checkout_session_id      text,
    status                   text,
    charge_type              text,
    currency                 text,
    total_amount             bigint,
    refund_status            text,
    is_update_payment_method boolean,
    subscription_id          text collate "C",
    subscription_ids         json,
    product_cart             json,
    service_periods          json,
    created_at               timestamptz,
    event_at                 timestamptz not null,
    attempt_at               timestamptz not null,
    status_rank              smallint    not null,
    tie_break                bigint      not null,
    webhook_id               text        not null,
    updated_at               timestamptz not null default now(),
    constraint payments_pkey primary key (payment_id)
);

create index payments_by_home on fulfilment.payments (home_id);

comment on column fulfilment.payments.home_id is 'the subject under which its order is concluded: its subscription, or itself where it has none or several';

-- Which payments several subscriptions share. Rows are only ever added.
create table fulfilment.shared_payments (
    subscription_id text collate "C" not null,
    payment_id      text collate "C" not null,
    constraint shared_payments_pkey primary key (subscription_id, payment_id)
);

create index shared_payments_by_payment on fulfilment.shared_payments (payment_id);

create table fulfilment.subscriptions (
    subscription_id             text collate "C" not null,
    business_id                 text,
    customer_id                 text,
    product_id                  text,
    quantity                    bigint,
    status                      text,
    on_demand                   boolean,
    cancel_at_next_billing_date boolean,
    created_at                  timestamptz,
    previous_billing_date       timestamptz,
    next_billing_date           timestamptz,
    cancelled_at                timestamptz,
    past_due_ends_at            timestamptz,
    expires_at                  timestamptz,
    event_at                    timestamptz not null,
    attempt_at                  timestamptz not null,
    status_rank                 smallint    not null,
    tie_break                   bigint      not null,
    webhook_id                  text        not null,
    updated_at                  timestamptz not null default now(),
    constraint subscriptions_pkey primary key (subscription_id)
);

-- What a subscription was for in each of its billing periods; more than one row a period when the plan changed within it.
create table fulfilment.subscription_terms (
    subscription_id text collate "C" not null,
    starts_at       timestamptz not null,
    product_id      text collate "C" not null,
    quantity        bigint,
    ends_at         timestamptz,
    first_at        timestamptz not null,
    is_entitling    boolean     not null,
    event_at        timestamptz not null,
    attempt_at      timestamptz not null,
    status_rank     smallint    not null,
    tie_break       bigint      not null,
    constraint subscription_terms_pkey primary key (subscription_id, starts_at, product_id)
);

create index subscription_terms_by_product on fulfilment.subscription_terms (product_id);

comment on column fulfilment.subscription_terms.first_at is 'the earliest event that told of it';
comment on column fulfilment.subscription_terms.is_entitling is 'whether any event showed the subscription active or past due in it';

create table fulfilment.refunds (
    refund_id   text collate "C" not null,
    payment_id  text collate "C" not null,
    status      text,
    is_partial  boolean,
    amount      bigint,
    currency    text,
    event_at    timestamptz not null,
    attempt_at  timestamptz not null,
    status_rank smallint    not null,
    tie_break   bigint      not null,
    webhook_id  text        not null,
    updated_at  timestamptz not null default now(),
    constraint refunds_pkey primary key (refund_id)
);

create index refunds_by_payment on fulfilment.refunds (payment_id);

create table fulfilment.disputes (
    dispute_id     text collate "C" not null,
    payment_id     text collate "C" not null,
    dispute_status text,
    event_at       timestamptz not null,
    attempt_at     timestamptz not null,
    status_rank    smallint    not null,
    tie_break      bigint      not null,
    webhook_id     text        not null,
    updated_at     timestamptz not null default now(),
    constraint disputes_pkey primary key (dispute_id)
);

create index disputes_by_payment on fulfilment.disputes (payment_id);

-- Conclusions ------------------------------------------------------------------------------------------------------------------------------------------

-- One row for every payment that was ever paid.
create table fulfilment.orders (
    payment_id          text collate "C" not null,
    revision            bigint      not null,
    state               text        not null,
    business_id         text,
    customer_id         text,
    checkout_session_id text,
    charge_type         text,
    currency            text,
    total_amount        bigint,
    refunded_amount     bigint      not null,
    paid_at             timestamptz not null,
    changed_at          timestamptz not null,
    created_at          timestamptz not null default now(),
    constraint orders_pkey primary key (payment_id),
    constraint orders_revision_positive check (revision > 0),
    constraint orders_refunded_not_negative check (refunded_amount >= 0),
    constraint orders_state_known check (state in ('received', 'fulfilled', 'partially_refunded', 'refunded', 'disputed', 'charged_back', 'reversed'))
) with (fillfactor = 90);

create index orders_by_customer on fulfilment.orders (customer_id);
create index orders_by_time on fulfilment.orders (paid_at);

comment on column fulfilment.orders.state is 'received: paid, but what was bought is not known yet; reversed: the payment is not succeeded any more';
comment on column fulfilment.orders.refunded_amount is 'minor units of currency; refunds in another currency are not in it';

create table fulfilment.order_lines (
    payment_id      text collate "C" not null,
    line            integer     not null,
    product_id      text collate "C" not null,
    quantity        bigint      not null,
    subscription_id text collate "C",
    starts_at       timestamptz,
    ends_at         timestamptz,
    constraint order_lines_pkey primary key (payment_id, line),
    constraint order_lines_of_an_order foreign key (payment_id) references fulfilment.orders (payment_id) on delete cascade,
    constraint order_lines_line_positive check (line > 0),
    constraint order_lines_quantity_not_negative check (quantity >= 0)
);

create index order_lines_by_product on fulfilment.order_lines (product_id);
create index order_lines_by_subscription on fulfilment.order_lines (subscription_id) where subscription_id is not null;

-- Each billing period of a subscription that was paid or granted, once: what a quota for a period is counted by.
create table fulfilment.periods (
    subscription_id text collate "C" not null,
    starts_at       timestamptz not null,
    ends_at         timestamptz,
    product_id      text collate "C",
    quantity        bigint,
    payment_id      text collate "C",
    constraint periods_counted_once primary key (subscription_id, starts_at)
);

comment on column fulfilment.periods.payment_id is 'what paid for it; null for a trial, and until the payment is known';

-- Who may use what, until when: one row for each source and product.
create table fulfilment.entitlements (
    entitlement_id    text collate "C" not null,
    revision          bigint      not null,
    state             text        not null,
    reason            text        not null,
    business_id       text,
    customer_id       text,
    source_kind       text        not null,
    source_id         text collate "C" not null,
    order_id          text collate "C",
    product_id        text collate "C" not null,
    quantity          bigint      not null,
    features          json        not null,
    licence_policy    json,
    valid_from        timestamptz not null,
    valid_until       timestamptz,
    catalogue_version bigint      not null,
    granted_at        timestamptz,
    changed_at        timestamptz not null,
    created_at        timestamptz not null default now(),
    constraint entitlements_pkey primary key (entitlement_id),
    constraint entitlements_one_for_a_source_and_product unique (source_id, product_id),
    constraint entitlements_revision_positive check (revision > 0),
    constraint entitlements_state_known check (state in ('active', 'suspended', 'revoked')),
    constraint entitlements_source_kind_known check (source_kind in ('subscription', 'payment')),
    constraint entitlements_quantity_not_negative check (quantity >= 0),
    constraint entitlements_features_are_json check (json_typeof(features) = 'array'),
    constraint entitlements_active_once_granted check (state <> 'active' or granted_at is not null)
) with (fillfactor = 90);

create index entitlements_by_customer on fulfilment.entitlements (customer_id, state);
create index entitlements_by_product on fulfilment.entitlements (product_id);

comment on column fulfilment.entitlements.features is 'a JSON array of names, in the order of the catalogue';
comment on column fulfilment.entitlements.licence_policy is 'a JSON object as the events carry it; null when no licences are issued';
comment on column fulfilment.entitlements.valid_until is 'when access ends if nothing more is heard, grace included; null when it does not end by itself';
comment on column fulfilment.entitlements.granted_at is 'the first time that it was active';

-- Products that were bought and that the catalogue in force does not list: they grant what its default says.
create view fulfilment.unlisted_products as
with listed as (
    select product ->> 'product_id' as product_id
      from (select document from fulfilment.catalogue_versions order by version desc limit 1) newest,
           json_array_elements(newest.document -> 'products') product
), bought as (
    select product_id, 1 as orders, 0 as subscriptions from fulfilment.order_lines
    union all
    select product_id, 0, 1 from fulfilment.subscriptions where product_id is not null
)
select product_id, sum(orders)::bigint as orders, sum(subscriptions)::bigint as subscriptions
  from bought
 where not exists (select from listed where listed.product_id = bought.product_id)
 group by product_id;

-- Everything that concludes takes this lock shared, first of all; applying a catalogue takes it alone. So nobody concludes by a catalogue that is
-- being replaced, and everybody who did is in sight of the one who marks what is to be concluded again.
create function fulfilment.catalogue_lock() returns bigint
    language sql immutable parallel safe
    set search_path = pg_catalog
return x'66756c66696c'::bigint;

-- Microseconds since 1970, exactly.
create function fulfilment.microseconds(moment timestamptz) returns bigint
    language sql immutable parallel safe
return (extract(epoch from moment) * 1000000)::bigint;

-- The subscriptions that hang on these payments, and these ones themselves.
create function fulfilment.reached_subscriptions(of_payments text[], of_subscriptions text[]) returns setof text
    language sql stable
as $$
    select unnest(of_subscriptions)
    union
    select home_id from fulfilment.payments where payment_id = any(of_payments) and home_id <> payment_id
    union
    select subscription_id from fulfilment.shared_payments where payment_id = any(of_payments)
$$;

-- The payments whose orders are concluded together with these subjects: themselves, those of the subscriptions, and those these subscriptions share.
create function fulfilment.reached_payments(of_payments text[], of_subscriptions text[]) returns setof text
    language sql stable
as $$
    select unnest(of_payments)
    union
    select payment_id from fulfilment.payments where home_id = any(array(select fulfilment.reached_subscriptions(of_payments, of_subscriptions)))
    union
    select payment_id from fulfilment.shared_payments where subscription_id = any(array(select fulfilment.reached_subscriptions(of_payments, of_subscriptions)))
$$;

-- What is in hand of this transaction, as Queries/reach.sql has noted it: found once, used by every statement that reads.
create function fulfilment.payments_in_hand() returns text[]
    language sql stable
return current_setting('nicobar.payments_in_hand')::text[];

create function fulfilment.subscriptions_in_hand() returns text[]
    language sql stable
return current_setting('nicobar.subscriptions_in_hand')::text[];

create function fulfilment.payments_named() returns text[]
    language sql stable
return current_setting('nicobar.payments_named')::text[];
