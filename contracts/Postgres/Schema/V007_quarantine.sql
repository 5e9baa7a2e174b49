-- Moves quarantined rows back into the outbox, after you have fixed their cause. Rows of kind 'failure' stay: they hold an error, not a
-- change. Returns the number of rows moved.
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
