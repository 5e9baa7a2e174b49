update lastmile.purge_log set announced_at = clock_timestamp() where id = any ($1)
