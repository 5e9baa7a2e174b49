select (epoch, sequence) <= ($1, $2) from lastmile.purge_log_horizon
