-- First of all that fulfilment does in a transaction: nobody replaces the catalogue now. And every lookup here is by key, so a plan that was made while the
-- tables were small must not read them whole; nor is anything here worth compiling.
select pg_advisory_xact_lock_shared(fulfilment.catalogue_lock()), set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)
