-- What was at the horizon has left the log, with all before it; nothing after it has.
select (epoch, sequence) <= ($1, $2) from lastmile.purge_log_horizon
