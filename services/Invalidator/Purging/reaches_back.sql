-- The log has deleted the batch at the horizon and all earlier ones, but none after it.
select (epoch, sequence) <= ($1, $2) from lastmile.purge_log_horizon
