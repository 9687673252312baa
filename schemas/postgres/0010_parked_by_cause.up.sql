-- Whoever asks by cause asks for what is parked. As the whole table's, this index was also taken to look a single letter up, which then read all of the worker's.
drop index worker.dead_letters_by_cause;
create index dead_letters_by_cause on worker.dead_letters (worker, fingerprint, last_seen) where state = 'parked';
