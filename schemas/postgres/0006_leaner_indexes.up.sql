-- What an event costs PostgreSQL is mostly indexes (docs/performance.md), so they are as few and as cheap to grow as they can be.
-- The rows stay as they are; indexes are made anew and their tables are locked meanwhile: some seconds for each million rows of the inbox.

-- An event's id is bytes, as every other id here; it comes first, for it tells rows apart and `worker` hardly does. One look finds what all workers made of an event.
alter table worker.inbox
    drop constraint inbox_pkey,
    alter column worker type text collate "C",
    alter column webhook_id type text collate "C";

alter table worker.inbox add constraint inbox_pkey primary key (webhook_id, worker);

alter table worker.dead_letters
    alter column worker type text collate "C",
    alter column webhook_id type text collate "C";

-- One index in place of two: an event belongs to one subscription, whose history is read whole.
alter table billing.subscription_history drop constraint subscription_history_pkey;
alter table billing.subscription_history add constraint subscription_history_pkey primary key (subscription_id, webhook_id);
drop index billing.subscription_history_by_subscription;

-- An index over what nearly every event changes makes PostgreSQL write all the table's indexes for each of them. Without it, and with room on the page,
-- a changed row stays where it is ("heap-only tuples").
drop index billing.subscriptions_by_status;
alter table billing.subscriptions set (fillfactor = 75);
alter table billing.payments set (fillfactor = 85);
alter table billing.entitlement_grants set (fillfactor = 85);
alter table billing.customers set (fillfactor = 85);
