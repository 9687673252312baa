alter table worker.dead_letters drop constraint dead_letters_one_per_event;
alter table worker.dead_letters add constraint dead_letters_one_per_event unique (worker, webhook_id);

drop index worker.dead_letters_by_cause;
create index dead_letters_by_cause on worker.dead_letters (worker, state, fingerprint, last_seen);
