-- Fails, and with it the transaction, so that the worker waits and tries again: the setting says why. No record is at fault.
do $$ begin raise exception '%', current_setting('nicobar.obstacle') using errcode = 'NB003'; end $$
