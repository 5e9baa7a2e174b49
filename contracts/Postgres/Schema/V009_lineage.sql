-- The lineage of this database: the name of its stream of purges. Null until the first Invalidator has set it.
alter table lastmile.identity add lineage text;

-- Sets the lineage if the database has none, and returns the database's lineage. With the rights of the owner, because Invalidators may
-- not change the identity. To rename a lineage, update the table.
create function lastmile.claim_lineage(name text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $claim_lineage$
begin
    update lastmile.identity set lineage = name where lineage is null;
    return (select lineage from lastmile.identity);
end
$claim_lineage$;
