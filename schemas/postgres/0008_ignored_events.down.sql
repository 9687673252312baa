update worker.inbox set outcome = 'applied' where outcome = 'ignored';
alter table worker.inbox drop constraint inbox_outcome_known;
alter table worker.inbox add constraint inbox_outcome_known check (outcome in ('applied', 'refreshed', 'stale', 'dead-lettered'));

comment on column worker.inbox.outcome is 'applied; refreshed: a newer attempt with another body followed; stale: state was newer already; dead-lettered. Duplicates leave no trace here.';
