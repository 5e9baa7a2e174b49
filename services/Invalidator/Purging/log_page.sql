-- A page of the log after ($1, $2), up to ($3, $4). Follows the index batch by batch, up to $5 batches or at least $6 names.
with recursive page as (
    select $1::bigint as epoch, $2::bigint as sequence, 0 as batches, 0 as names
    union all
    select next.epoch, next.sequence, page.batches + 1, page.names + next.names
    from page, lateral (
        select epoch, sequence, 1 + cardinality(keys) + cardinality(tags) as names
        from lastmile.purge_log log
        where (log.epoch, log.sequence) > (page.epoch, page.sequence) and (log.epoch, log.sequence) <= ($3, $4)
        order by log.epoch, log.sequence
        limit 1) next
    where page.batches < $5 and page.names < $6
)
select id, epoch, sequence, keys, tags, applied_at, origins, prefix, everything
from page join lastmile.purge_log using (epoch, sequence)
where batches > 0
order by epoch, sequence
