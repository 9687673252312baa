-- Whoever asks by cause asks for what is parked. As the whole table's, this index was also taken to look a single letter up, which then read all of the worker's.
drop index worker.dead_letters_by_cause;
create index dead_letters_by_cause on worker.dead_letters (worker, fingerprint, last_seen) where state = 'parked';

-- As in the inbox, an event's id comes first: a list of ids is looked up by a first column only for certain.
alter table worker.dead_letters drop constraint dead_letters_one_per_event;
alter table worker.dead_letters add constraint dead_letters_one_per_event unique (webhook_id, worker);
