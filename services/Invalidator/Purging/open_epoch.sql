-- Past all that the database knows, past what the primary shows, which may come from another database, and past every epoch that this database knew
-- before it was restored from a backup.
insert into lastmile.epoch (epoch, primary_id)
select greatest(coalesce(max(epoch), 0), $2, lastmile.epoch_floor()) + 1, $1 from lastmile.epoch
returning epoch
