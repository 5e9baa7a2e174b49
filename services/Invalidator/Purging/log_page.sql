-- A page: so many batches, and no more when they name enough. The first is there however many names it has.
select id, epoch, sequence, keys, tags, applied_at, origins, prefix, everything
from (
    select *, sum(cardinality(keys) + cardinality(tags)) over (order by epoch, sequence rows between unbounded preceding and 1 preceding) as names_before
    from (select * from lastmile.purge_log where (epoch, sequence) > ($1, $2) order by epoch, sequence limit $3) following
) counted
where names_before is null or names_before < $4
order by epoch, sequence
