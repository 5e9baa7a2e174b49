-- Deletes a bounded number of batches, so that no transaction is long. Moves the horizon in the same statement: without these batches, a
-- replay must not consider the log complete. If two Invalidators expire batches at once, the greater horizon wins.
with expired as (
    delete from lastmile.purge_log
    where ctid = any (array(
        -- Not clock_timestamp(): PostgreSQL would evaluate it for each row and not use the index.
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
