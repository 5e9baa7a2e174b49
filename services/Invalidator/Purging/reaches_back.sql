-- The log has deleted the batch at the horizon and all earlier ones, but none after it. A database that was restored lacks batches too.
select (epoch, sequence) <= ($1, $2) and lastmile.remembers($1, $2) from lastmile.purge_log_horizon
