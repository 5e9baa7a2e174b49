-- A bounded piece at a time, so that no transaction is long. The horizon moves with it: a replay must not find the log complete without
-- these. Of two Invalidators that expire at once the greater horizon wins.
with expired as (
    delete from lastmile.purge_log
    where ctid = any (array(
        -- Not clock_timestamp(), which would be asked for each row, without the index.
        select ctid from lastmile.purge_log
        where applied_at < statement_timestamp() - $1 and announced_at is not null and double_delete_at is null
        limit 5000))
    returning epoch, sequence
), newest as (
    select epoch, sequence from expired order by epoch desc, sequence desc limit 1
), moved as (
    update lastmile.purge_log_horizon horizon
    set epoch = newest.epoch, sequence = newest.sequence
    from newest
    where (horizon.epoch, horizon.sequence) < (newest.epoch, newest.sequence)
)
select count(*) from expired
