-- The transactions that are appending to the log now: each holds the lock of lastmile.refuse_ended_epoch() until it has ended.
select virtualtransaction
from pg_locks
where locktype = 'advisory' and granted and mode = 'ShareLock' and objsubid = 1
    and database = (select oid from pg_database where datname = current_database())
    and (classid::bigint << 32) | objid::bigint = hashtextextended('lastmile.epoch', 0)
