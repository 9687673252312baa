drop index worker.dead_letters_by_cause;
create index dead_letters_by_cause on worker.dead_letters (worker, state, fingerprint, last_seen);
