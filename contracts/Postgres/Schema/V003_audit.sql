-- Lists what is not captured as declared. No row: all is.
create function lastmile.audit() returns table (relation text, entity text, finding text, remedy text)
language sql stable as $audit$
    -- A table that was dropped leaves its number behind.
    select t.relation::text, t.entity, 'the table is gone', format('delete from lastmile.tracked_table where relation = %s::oid', t.relation::oid)
    from lastmile.tracked_table t
    where not exists (select from pg_class where oid = t.relation)

    union all
    select t.relation::text, t.entity,
        case when trigger.oid is null then format('trigger lastmile_%s is missing', event)
             else format('trigger lastmile_%s is disabled', event) end,
        case when trigger.oid is null then 'call lastmile.track(…) for the table again, or apply its migration'
             else format('alter table %s enable trigger lastmile_%s', t.relation, event) end
    from lastmile.tracked_table t
    join pg_class on pg_class.oid = t.relation
    cross join unnest(array['insert', 'update', 'delete', 'truncate']) event
    left join pg_trigger trigger on trigger.tgrelid = t.relation and trigger.tgname = 'lastmile_' || event
    where trigger.oid is null or trigger.tgenabled not in ('O', 'A')

    union all
    select t.relation::text, t.entity,
        case when proc.oid is null then format('function lastmile.%I is missing', t.capture)
             else format('function lastmile.%I is not as track() made it', t.capture) end,
        'call lastmile.track(…) for the table again, or apply its migration'
    from lastmile.tracked_table t
    left join pg_proc proc on proc.pronamespace = 'lastmile'::regnamespace and proc.proname = t.capture
    where proc.oid is null or md5(proc.prosrc) <> t.capture_md5

    order by 1, 3
$audit$;
