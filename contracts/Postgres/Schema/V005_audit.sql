-- Lists what is not captured as declared, or may not be. No row: all is. What concerns no one table has neither relation nor entity.
create function lastmile.audit() returns table (relation text, entity text, finding text, remedy text)
language sql stable as $audit$
    with retrack as (
        select t.relation, t.entity, format('select lastmile.retrack(%L)', t.relation) as remedy
        from lastmile.tracked_table t
        join pg_class on pg_class.oid = t.relation
    ), captured as (
        select c.*, r.entity, r.remedy
        from lastmile.capture c
        join retrack r on r.relation = c.tracked
        join pg_class on pg_class.oid = c.relation
    ), capturing as (
        select c.relation, c.entity, c.remedy, event, c.function, t.oid, t.tgenabled, t.tgfoid, t.tgattr, t.tgqual
        from captured c
        cross join unnest(array['insert', 'update', 'delete', 'truncate']) event
        left join pg_trigger t on t.tgrelid = c.relation and t.tgname = 'lastmile_' || event
    ), findings as (
        -- A table that was dropped leaves its number behind.
        select t.relation::text, t.entity, 'the table is gone' as finding, format('select lastmile.untrack(%s::regclass)', t.relation::oid) as remedy
        from lastmile.tracked_table t
        where not exists (select from pg_class where oid = t.relation)

        union all
        select relation::text, entity, format('trigger lastmile_%s is missing', event), remedy
        from capturing
        where oid is null

        union all
        select relation::text, entity,
            case tgenabled
                when 'D' then format('trigger lastmile_%s is disabled', event)
                when 'R' then format('trigger lastmile_%s fires only where session_replication_role is replica', event)
                else format('trigger lastmile_%s does not fire where session_replication_role is replica', event)
            end,
            format('alter table only %s enable always trigger lastmile_%s', relation, event)
        from capturing
        where tgenabled <> 'A'

        union all
        select relation::text, entity, format('trigger lastmile_%s is not as track() made it', event), remedy
        from capturing
        where tgfoid <> coalesce((select p.oid from pg_proc p where p.pronamespace = 'lastmile'::regnamespace and p.proname = function), tgfoid)
            or tgqual is not null or tgattr <> ''

        union all
        select c.relation::text, c.entity,
            case when p.oid is null then format('function lastmile.%I is missing', c.function)
                 when md5(p.prosrc) <> c.source_md5 then format('function lastmile.%I is not as track() made it', c.function)
                 else format('function lastmile.%I is of version %s, and %s is current', c.function, c.version, lastmile.capture_version()) end,
            c.remedy
        from captured c
        left join pg_proc p on p.pronamespace = 'lastmile'::regnamespace and p.proname = c.function
        where p.oid is null or md5(p.prosrc) <> c.source_md5 or c.version <> lastmile.capture_version()

        union all
        select c.relation::text, c.entity,
            case when now_there.attname is null then format('column %I%s is gone', k.column_name, case when k.relation <> c.relation then ' of ' || k.relation end)
                 else format('column %I%s is %s now and was %s', k.column_name, case when k.relation <> c.relation then ' of ' || k.relation end, now_there.type, k.type) end,
            -- A name that a template needs, nobody but who declared it can replace.
            case when now_there.attname is null and (k.relation <> c.relation or exists (
                    select from lastmile.tracked_table t, unnest(t.properties || t.ignored) property
                    where t.relation = c.tracked and coalesce(t.columns ->> property, property) = k.column_name))
                 then format('call lastmile.track(…) for %s with the columns that it has now, or apply its migration', c.tracked)
                 else c.remedy end
        from captured c
        join lastmile.captured_column k on k.capture = c.relation
        left join lateral (
            select attname, format_type(atttypid, atttypmod) as type
            from pg_attribute
            where attrelid = k.relation and attname = k.column_name and attnum > 0 and not attisdropped
        ) now_there on true
        where now_there.type is distinct from k.type

        union all
        select member::text, r.entity, format('it belongs to %s and is not captured', r.relation), r.remedy
        from retrack r
        cross join unnest(lastmile.members(r.relation)) member
        where not exists (select from lastmile.capture c where c.relation = member)

        union all
        select c.relation::text, c.entity, format('it belongs to %s no more and is still captured', c.tracked), c.remedy
        from captured c
        where c.relation <> all (lastmile.members(c.tracked))

        union all
        select distinct c.relation::text, c.entity, format('a template refers to %s, which is not tracked: its changes purge nothing', k.relation),
            format('select lastmile.track(%L, …) with the keys that show its values', k.relation::text)
        from captured c
        join lastmile.captured_column k on k.capture = c.relation and k.relation <> c.relation
        join pg_class on pg_class.oid = k.relation
        where c.relation = c.tracked and not exists (select from lastmile.capture referred where referred.relation = k.relation)

        union all
        -- Superusers may do anything and are not listed.
        select null, null,
            format('role %s may set session_replication_role, under which foreign keys do not cascade, and no trigger fires that is not ENABLE ALWAYS', grantee::regrole),
            format('revoke set on parameter session_replication_role from %s', grantee::regrole)
        from pg_parameter_acl, aclexplode(paracl)
        left join pg_roles on pg_roles.oid = grantee
        where parname = 'session_replication_role' and privilege_type = 'SET' and not coalesce(rolsuper, false)
    )
    select * from findings order by 1, 3
$audit$;
