-- The type of a column, in the form of captured_column; no row if the column does not exist.
create function lastmile.column_type(relation regclass, column_name text) returns table (attname name, type text)
language sql stable set search_path = pg_catalog, pg_temp as $$
    select attname, format_type(atttypid, atttypmod)
    from pg_attribute
    where attrelid = relation and attname = column_name and attnum > 0 and not attisdropped
$$;

-- The source of a capture function as this version would generate it, for the columns at installation; or the problem that prevents it.
create function lastmile.regenerated_capture(captured regclass, out source text, out problem text)
language plpgsql stable set search_path = pg_catalog, pg_temp as $regenerated$
declare
    installed lastmile.capture;
    declared lastmile.tracked_table;
begin
    select * into installed from lastmile.capture where relation = captured;
    select * into declared from lastmile.tracked_table where relation = installed.tracked;
    select string_agg(format('"%s"', property), ', ' order by n) || ' matches no column' into problem
    from lastmile.resolve(declared.relation, declared.properties, declared.columns, declared.joins)
    where column_name is null;
    if problem is not null then
        return;
    end if;
    source := lastmile.capture_source(
        declared, captured,
        array(select column_name from lastmile.captured_column k join pg_attribute on attrelid = captured and attname = column_name
              where k.capture = captured and k.relation = captured order by attnum),
        installed.shape);
exception when others then
    problem := sqlerrm;
end
$regenerated$;

-- Lists the reasons why changes are not, or may not be, captured as declared; no rows if there are none. "relation" and "entity" are null
-- for a finding that concerns the whole server.
create function lastmile.audit() returns table (relation text, entity text, finding text, remedy text)
-- JIT compilation would take fifty times as long as the query.
language sql stable set search_path = pg_catalog, pg_temp set jit = off as $audit$
    with retrack as (
        select t.relation, t.entity, format('select lastmile.retrack(%L)', t.relation) as remedy
        from lastmile.tracked_table t
        join pg_class on pg_class.oid = t.relation
    ), gone as (
        select t as declared, lastmile.successor(t) as successor
        from lastmile.tracked_table t
        where not exists (select from pg_class where oid = t.relation)
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
    ), changed_column as (
        select k.*
        from lastmile.captured_column k
        left join lateral lastmile.column_type(k.relation, k.column_name) now_there on true
        where now_there.type is distinct from k.type
    ), findings as (
        -- A dropped table leaves its oid in tracked_table.
        select coalesce(successor::text, (declared).name), (declared).entity,
            case when successor is null then 'the table no longer exists' else 'another table has replaced the tracked one and is not captured' end as finding,
            case when successor is null then format('select lastmile.untrack(%s::regclass)', (declared).relation::oid)
                 else format('select lastmile.retrack(%s::regclass)', (declared).relation::oid) end as remedy
        from gone

        union all
        select swapped.successor::text, t.entity, format('%s was tracked under this name; this is another table and is not captured', t.relation),
            format('select lastmile.track_as(t, %L) from lastmile.tracked_table t where relation = %L::regclass', swapped.successor, t.relation)
        from lastmile.tracked_table t
        join pg_class on pg_class.oid = t.relation
        cross join lateral (select lastmile.successor(t) as successor) swapped
        where swapped.successor is not null and lastmile.qualified(t.relation) <> t.name

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
        select relation::text, entity, format('trigger lastmile_%s differs from the one that track() created', event), remedy
        from capturing
        where tgfoid <> coalesce((select p.oid from pg_proc p where p.pronamespace = 'lastmile'::regnamespace and p.proname = function), tgfoid)
            or tgqual is not null or tgattr <> ''

        union all
        -- Changed by hand, generated by an older version, or with names that have changed since. Columns added since are fine: a function
        -- generated before them counts each change of them.
        select c.relation::text, c.entity,
            case when p.oid is null then format('function lastmile.%I is missing', c.function)
                 when regenerated.problem is not null then 'it can no longer be captured as declared: ' || regenerated.problem
                 else format('function lastmile.%I differs from what track() would generate now', c.function) end,
            case when regenerated.problem is null then c.remedy
                 else format('call lastmile.track(...) for %s with its current columns and references, or apply its migration', c.tracked) end
        from captured c
        cross join lateral lastmile.regenerated_capture(c.relation) regenerated
        left join pg_proc p on p.pronamespace = 'lastmile'::regnamespace and p.proname = c.function
        where (p.oid is null or regenerated.problem is not null or p.prosrc <> regenerated.source)
            and not exists (select from changed_column where changed_column.capture = c.relation)

        union all
        -- For example, after pg_restore of a table that had dropped columns: now a change of ignored columns purges too.
        select c.relation::text, c.entity, 'the table was re-created with fewer column numbers than the capture was generated for', c.remedy
        from captured c
        join pg_class on pg_class.oid = c.relation
        where pg_class.relnatts < c.shape

        union all
        select distinct c.relation::text, c.entity, 'the capture lacks access: ' || missing.reason,
            format('grant the missing privilege or bypassrls to %s, or call lastmile.retrack(%L) as a role that has access', p.proowner::regrole, c.tracked::text)
        from captured c
        join pg_proc p on p.pronamespace = 'lastmile'::regnamespace and p.proname = c.function
        cross join lateral (
            select lastmile.not_seen(looked_up.relation, array_agg(looked_up.column_name), p.proowner::regrole) as reason
            from lastmile.captured_column looked_up
            where looked_up.capture = c.relation and looked_up.relation <> c.relation
                and exists (select from pg_attribute where attrelid = looked_up.relation and attname = looked_up.column_name and not attisdropped)
            group by looked_up.relation
            union all
            select format('%s may not insert into lastmile.outbox', p.proowner::regrole)
            where not has_schema_privilege(p.proowner, 'lastmile', 'usage') or not has_table_privilege(p.proowner, 'lastmile.outbox', 'insert')
        ) missing
        where missing.reason is not null

        union all
        select c.relation::text, c.entity, 'the table is unlogged: a server crash empties it without firing a trigger', format('alter table %s set logged', c.relation)
        from captured c
        join pg_class on pg_class.oid = c.relation
        where relpersistence = 'u' and relkind = 'r'

        union all
        select r.relation::text, r.entity,
            format('some changes were not captured, the first at %s: %s', to_char(failed.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), left(failed.reason, 300)),
            format('fix the cause, purge the tag %s, then run: %s', quote_literal(r.entity), r.remedy)
        from retrack r
        join lastmile.tracked_table t on t.relation = r.relation
        cross join lateral (
            select created_at, reason from lastmile.outbox_quarantine failure
            where kind = 'failure' and failure.relation = t.name and created_at > t.tracked_at
            order by created_at
            limit 1
        ) failed

        union all
        select c.relation::text, c.entity,
            case when now_there.attname is null then format('column %I%s no longer exists', k.column_name, case when k.relation <> c.relation then ' of ' || k.relation end)
                 else format('column %I%s is now %s and was %s', k.column_name, case when k.relation <> c.relation then ' of ' || k.relation end, now_there.type, k.type) end,
            -- Only the caller of track() can replace a name that a template or ignore needs.
            case when now_there.attname is null and (k.relation <> c.relation or exists (
                    select from lastmile.tracked_table t, unnest(t.properties || t.ignored) property
                    where t.relation = c.tracked and coalesce(t.columns ->> property, property) = k.column_name))
                 then format('call lastmile.track(...) for %s with its current columns, or apply its migration', c.tracked)
                 else c.remedy end
        from captured c
        join changed_column k on k.capture = c.relation
        left join lateral lastmile.column_type(k.relation, k.column_name) now_there on true

        union all
        select member::text, r.entity, format('it belongs to %s but is not captured', r.relation), r.remedy
        from retrack r
        cross join unnest(lastmile.members(r.relation)) member
        where not exists (select from lastmile.capture c where c.relation = member)

        union all
        select c.relation::text, c.entity, format('it no longer belongs to %s but is still captured', c.tracked), c.remedy
        from captured c
        where c.relation <> all (lastmile.members(c.tracked))

        union all
        select distinct c.relation::text, c.entity, format('a template refers to %s, which is not tracked: its changes purge nothing', k.relation),
            format('select lastmile.track(%L, ...) with the keys that show its values', k.relation::text)
        from captured c
        join lastmile.captured_column k on k.capture = c.relation and k.relation <> c.relation
        join pg_class on pg_class.oid = k.relation
        where c.relation = c.tracked and not exists (select from lastmile.capture referred where referred.relation = k.relation)

        union all
        -- Superusers may set it anyway, so they are not listed.
        select null, null,
            format('role %s may set session_replication_role to replica, which stops cascades of foreign keys and every trigger that is not ENABLE ALWAYS', grantee::regrole),
            format('revoke set on parameter session_replication_role from %s', grantee::regrole)
        from pg_parameter_acl, aclexplode(paracl)
        left join pg_roles on pg_roles.oid = grantee
        where parname = 'session_replication_role' and privilege_type = 'SET' and not coalesce(rolsuper, false)
    )
    select * from findings order by 1, 3
$audit$;
