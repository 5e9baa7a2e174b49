update lastmile.purge_log set double_delete_at = null where id = any ($1)
