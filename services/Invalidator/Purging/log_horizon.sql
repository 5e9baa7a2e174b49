select epoch, sequence from lastmile.purge_log_horizon
