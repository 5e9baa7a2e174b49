-- The new epoch is greater than every epoch in the database, greater than the primary's epoch, which may come from another database, and
-- greater than every epoch that this database had before it was restored from a backup.
insert into lastmile.epoch (epoch, primary_id)
select greatest(coalesce(max(epoch), 0), $2, lastmile.epoch_floor()) + 1, $1 from lastmile.epoch
returning epoch
