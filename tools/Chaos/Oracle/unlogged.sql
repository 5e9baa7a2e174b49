-- Products that were changed by a later transaction than the last one that logged a purge of their key.
with logged as (
    select key, max(xid) as xid from chaos.logged, unnest(keys) as key group by key
)
select count(*)
from products
left join logged on logged.key = 'product:' || products.id
where products.xmin::text::bigint > $1 and (logged.xid is null or products.xmin::text::bigint > logged.xid)
