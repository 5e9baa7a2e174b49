-- Puts rows of the quarantine back into the outbox, once what kept them from being understood is mended. Rows that tell of a failed capture
-- hold no change: they stay. Returns how many went.
create function lastmile.requeue(ids bigint[]) returns bigint
language sql set search_path = pg_catalog, pg_temp as $requeue$
    with taken as (
        delete from lastmile.outbox_quarantine where id = any (ids) and kind <> 'failure'
        returning entity, relation, kind, columns, rows, created_at
    ), put as (
        insert into lastmile.outbox (entity, relation, kind, columns, rows, row_count, created_at)
        select entity, relation, kind, columns, rows, case json_typeof(rows) when 'array' then json_array_length(rows) else 0 end, created_at
        from taken
        returning id
    )
    select count(*) from put
$requeue$;
