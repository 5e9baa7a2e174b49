-- Batches whose delayed double delete is due. Concurrent Invalidators get different batches.
select id, epoch, sequence, keys, tags, applied_at, origins, prefix, everything
from lastmile.purge_log
where double_delete_at <= statement_timestamp()
order by double_delete_at
limit $1
for update skip locked
