drop table worker.outbox;
drop function worker.outbox_shard(text);
