-- Returns the epoch of this run of the server, whether it was opened just now, and whether the database lacks the purge ($1, $2), which this
-- Invalidator knows. A new epoch is greater than every epoch in the database, greater than $1, and greater than every epoch that this
-- database had before it was restored from a backup. If purges are lost, the log is incomplete for every region that is not in it yet.
with newest as (
    select coalesce(max(epoch), 0) as epoch from lastmile.epoch
), running as (
    select epoch from lastmile.epoch_run join newest using (epoch) where run = lastmile.server_run() and lastmile.remembers($1, $2)
), opened as (
    insert into lastmile.epoch (epoch, primary_id)
    select greatest(newest.epoch, $1, lastmile.epoch_floor()) + 1, lastmile.server_run() from newest where not exists (select from running)
    returning epoch, primary_id
), ended as (
    delete from lastmile.epoch_run where exists (select from opened)
), begun as (
    insert into lastmile.epoch_run (epoch, run, base)
    select epoch, primary_id, nextval('lastmile.purge_sequence') from opened
), lost as (
    update lastmile.purge_log_horizon set epoch = opened.epoch, sequence = 0 from opened where not lastmile.remembers($1, $2)
    returning true
)
select epoch, false, false from running
union all
select epoch, true, exists (select from lost) from opened
