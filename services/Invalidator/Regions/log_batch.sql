select id, epoch, sequence, keys, tags, applied_at, origins, prefix, everything from lastmile.purge_log where id = $1
