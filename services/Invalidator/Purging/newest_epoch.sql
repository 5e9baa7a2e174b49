-- The newest epoch and its last purge in the log: a primary with an older watermark has lost data.
select epoch, primary_id, coalesce((select max(sequence) from lastmile.purge_log log where log.epoch = newest.epoch), 0)
from lastmile.epoch newest
order by epoch desc
limit 1
