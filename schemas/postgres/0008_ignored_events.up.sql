-- An event may be of no concern to a worker that reads its topic, as a grant of something else than a licence key is to license-worker: neither applied nor stale.
alter table worker.inbox drop constraint inbox_outcome_known;
alter table worker.inbox add constraint inbox_outcome_known check (outcome in ('applied', 'refreshed', 'stale', 'ignored', 'dead-lettered'));

comment on column worker.inbox.outcome is 'applied; refreshed: a newer attempt with another body followed; stale: state was newer already; ignored: of no concern to this worker; dead-lettered. Duplicates leave no trace here.';
