alter table billing.customers reset (fillfactor);
alter table billing.entitlement_grants reset (fillfactor);
alter table billing.payments reset (fillfactor);
alter table billing.subscriptions reset (fillfactor);
create index subscriptions_by_status on billing.subscriptions (status, next_billing_date);

create index subscription_history_by_subscription on billing.subscription_history (subscription_id, event_at);
alter table billing.subscription_history drop constraint subscription_history_pkey;
alter table billing.subscription_history add constraint subscription_history_pkey primary key (webhook_id);

alter table worker.dead_letters
    alter column worker type text collate "default",
    alter column webhook_id type text collate "default";

alter table worker.inbox
    drop constraint inbox_pkey,
    alter column worker type text collate "default",
    alter column webhook_id type text collate "default";

alter table worker.inbox add constraint inbox_pkey primary key (worker, webhook_id);
