-- Past all that the database knows and past what the primary shows, which may come from another database.
insert into lastmile.epoch (epoch, primary_id)
select greatest(coalesce(max(epoch), 0), $2) + 1, $1 from lastmile.epoch
returning epoch
