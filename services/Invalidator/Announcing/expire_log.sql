-- A bounded piece at a time, so that no transaction is long.
delete from lastmile.purge_log
where ctid = any (array(
    select ctid from lastmile.purge_log where applied_at < clock_timestamp() - $1 and announced_at is not null limit 5000))
