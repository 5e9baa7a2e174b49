insert into lastmile.purge_log (id, epoch, sequence, keys, tags, applied_at, origins) values ($1, $2, $3, $4, $5, $6, $7)
