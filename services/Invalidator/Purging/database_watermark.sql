-- The newest committed watermark of epoch $1; no row if the epoch has ended, or if another run of the server opened it.
select greatest(
    coalesce((select max(sequence) from lastmile.purge_log where epoch = $1), 0),
    (select coalesce(max(sequence), 0) from lastmile.purge_log_horizon where epoch = $1))
from lastmile.epoch_run
where epoch = $1 and run = lastmile.server_run() and not exists (select from lastmile.epoch where epoch > $1)
