update lastmile.purge_log set second_pass_at = null where id = any ($1)
