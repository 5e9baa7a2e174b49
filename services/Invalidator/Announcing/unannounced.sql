-- Unannounced batches, except for fresh ones, which are announced from memory.
select id, epoch, sequence, keys, tags, applied_at, origins, prefix, everything
from lastmile.purge_log
where announced_at is null and applied_at < clock_timestamp() - interval '5 seconds'
order by epoch, sequence
limit $1
for update skip locked
