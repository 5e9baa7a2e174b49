-- Products and categories changed by a later transaction than the last one that logged a purge of their key or tag.
with logged as (
    select name, max(xid) as xid from chaos.logged, unnest(names) as name group by name
), changed as (
    select 'product:' || id as name, xmin::text::bigint as xid from products
    union all
    select 'tag category:' || id, xmin::text::bigint from categories
)
select count(*)
from changed
left join logged using (name)
where changed.xid > $1 and (logged.xid is null or changed.xid > logged.xid)
