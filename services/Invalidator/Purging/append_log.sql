insert into lastmile.purge_log (id, epoch, sequence, keys, tags, applied_at, origins, prefix, everything, double_delete_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp() + $10)
returning id as appended, epoch, sequence
