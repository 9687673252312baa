-- First of all that fulfilment does in a transaction: nobody replaces the catalogue now.
select pg_advisory_xact_lock_shared(fulfilment.catalogue_lock())
