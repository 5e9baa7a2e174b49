-- The type that a domain stands for; any other type is itself.
create function lastmile.base_type(type oid) returns oid
language sql stable as $$
    with recursive base as (
        select oid, typtype, typbasetype from pg_type where oid = type
        union all
        select next.oid, next.typtype, next.typbasetype from base join pg_type next on next.oid = base.typbasetype where base.typtype = 'd'
    )
    select oid from base where typtype <> 'd'
$$;

-- The text of a value as templates show it. One form per type, whatever DateStyle, TimeZone or bytea_output the session has.
-- Collation "C" keeps apart what another collation takes for the same.
create function lastmile.text_form("column" text, type oid) returns text
language sql stable as $$
    select format(case lastmile.base_type(type)::regtype
        when 'timestamptz'::regtype then $f$to_char(%I at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')$f$
        when 'timestamp'::regtype   then $f$to_char(%I, 'YYYY-MM-DD"T"HH24:MI:SS.US')$f$
        when 'date'::regtype        then $f$to_char(%I, 'YYYY-MM-DD')$f$
        when 'bytea'::regtype       then $f$encode(%I, 'hex')$f$
        else '%I::text collate "C"'
    end, "column")
$$;

-- A value as EXCEPT compares old and new. Equal must mean the same: citext takes 'Shoe' for 'shoe' and numeric 1.0 for 1.00, which
-- a cache shows differently; json, xml and point can't be compared at all. Those go as text.
create function lastmile.compared_form("column" text, type oid) returns text
language sql stable as $$
    select format(case
        when typtype = 'e' or pg_type.oid = any ('{bool,int2,int4,int8,oid,uuid,date,time,timestamp,timestamptz,bytea}'::regtype[]) then '%I'
        when pg_type.oid = any ('{text,varchar}'::regtype[]) then '%1$I collate "C" as %1$I'
        else '%1$I::text collate "C" as %1$I'
    end, "column")
    from pg_type
    where pg_type.oid = lastmile.base_type(type)
$$;

-- The placeholders of templates, in order of first use. {{ and }} are literal braces.
create function lastmile.placeholders(templates text[]) returns text[]
language sql immutable as $$
    select coalesce(array_agg(name order by first_use), '{}')
    from (
        select match[1] as name, min(array[position, place]) as first_use
        from unnest(templates) with ordinality t (template, position),
             regexp_matches(replace(replace(template, '{{', ''), '}}', ''), '\{([^{}]*)\}', 'g') with ordinality m (match, place)
        group by 1
    ) found
$$;

-- The source of a table's capture function. "named" selects the values that templates name; "compared" all columns that count.
create function lastmile.capture_source(entity text, properties text[], named text, compared text) returns text
language sql immutable as $capture_source$
    select format($source$
begin
    if tg_op = 'UPDATE' then
        -- Old and new, of the rows that really changed: a renamed slug gives both; a row set to what it was gives none.
        insert into lastmile.outbox (entity, kind, columns, rows, row_count)
        select %1$L, 'update', %2$L, json_agg(chunked.value), count(*)
        from (
            select json_build_array(%3$s) as value, (row_number() over () - 1) / 1000 as chunk
            from (
                select distinct %4$s from (
                    (select %5$s from old_rows except select %5$s from new_rows)
                    union all
                    (select %5$s from new_rows except select %5$s from old_rows)
                ) changed
            ) named
        ) chunked
        group by chunk;
    elsif tg_op = 'INSERT' then
        insert into lastmile.outbox (entity, kind, columns, rows, row_count)
        select %1$L, 'insert', %2$L, json_agg(chunked.value), count(*)
        from (
            select json_build_array(%3$s) as value, (row_number() over () - 1) / 1000 as chunk
            from (select distinct %4$s from new_rows) named
        ) chunked
        group by chunk;
    elsif tg_op = 'DELETE' then
        insert into lastmile.outbox (entity, kind, columns, rows, row_count)
        select %1$L, 'delete', %2$L, json_agg(chunked.value), count(*)
        from (
            select json_build_array(%3$s) as value, (row_number() over () - 1) / 1000 as chunk
            from (select distinct %4$s from old_rows) named
        ) chunked
        group by chunk;
    else
        insert into lastmile.outbox (entity, kind, columns, rows, row_count) values (%1$L, 'truncate', '{}', '[]', 0);
    end if;
    return null;
end
$source$,
        entity,
        properties,
        (select coalesce(string_agg('v' || n, ', ' order by n), '') from generate_series(1, cardinality(properties)) n),
        named,
        compared)
$capture_source$;

-- Captures every change of a table into the outbox, in the transaction of the change.
--   "table"  the table; its owner calls
--   entity   its name in purge rules and messages
--   keys     templates of the cache keys to purge, as product:{Id}
--   tags     templates of the tags to purge, as category:{CategoryId}
--   ignore   properties that no cached value shows: a change of these alone purges nothing
--   columns  property -> column, where they differ: {"CategoryId": "category_id"}
-- Called again for the same table it replaces what was declared before.
create function lastmile.track(
    "table" regclass,
    entity text,
    keys text[],
    tags text[] default '{}',
    ignore text[] default '{}',
    columns jsonb default '{}')
returns void
language plpgsql as $track$
declare
    properties text[] := lastmile.placeholders(keys || tags);
    ignored text[];
    capture text;
    unknown text;
    named text;
    compared text;
    event text;
begin
    if coalesce(entity, '') = '' then
        raise exception 'lastmile.track(%): entity is empty', "table" using hint = 'Pass the name that purge rules and messages use, such as Product.';
    end if;

    select string_agg(format('"%s"', property), ', ') into unknown
    from unnest(properties || ignore) property
    where not exists (
        select from pg_attribute
        where attrelid = "table" and attname = coalesce(columns ->> property, property) and attnum > 0 and not attisdropped);
    if unknown is not null then
        raise exception 'lastmile.track(%): % named by a template or by ignore is not a column', "table", unknown
            using hint = format('Columns: %s. Where a property and its column differ, say so: columns => ''{"Property": "column"}''.',
                (select string_agg(attname, ', ' order by attnum) from pg_attribute where attrelid = "table" and attnum > 0 and not attisdropped));
    end if;

    select string_agg(format('"%s"', property), ', ') into unknown from unnest(ignore) property where property = any (properties);
    if unknown is not null then
        raise exception 'lastmile.track(%): % is both named by a template and ignored', "table", unknown
            using hint = 'A key that changes with a column needs that column: take it out of ignore.';
    end if;

    select coalesce(array_agg(coalesce(columns ->> property, property)), '{}') into ignored from unnest(ignore) property;

    -- Templates without a placeholder still give a row: one, of no values.
    select coalesce(string_agg(format('%s as v%s', lastmile.text_form(attname, atttypid), n), ', ' order by n), '0 as v0') into named
    from unnest(properties) with ordinality p (property, n)
    join pg_attribute on attrelid = "table" and attname = coalesce(columns ->> property, property);

    select string_agg(lastmile.compared_form(attname, atttypid), ', ' order by attnum) into compared
    from pg_attribute
    where attrelid = "table" and attnum > 0 and not attisdropped and attname <> all (ignored);

    perform lastmile.untrack("table");

    -- For people to recognise, within 63 bytes, and another one for a table that takes over the name of a renamed one.
    select format('capture_%s_%s', left(regexp_replace(relname, '[^a-zA-Z0-9_]', '_', 'g'), 40), left(md5(format('%s %I', oid, relname)), 8)) into capture
    from pg_class
    where oid = "table";

    execute format(
        'create function lastmile.%I() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as %L',
        capture, lastmile.capture_source(entity, properties, named, compared));
    execute format('revoke all on function lastmile.%I() from public', capture);

    foreach event in array array['insert', 'update', 'delete', 'truncate'] loop
        execute format('create trigger %I after %s on %s %s for each statement execute function lastmile.%I()',
            'lastmile_' || event, event, "table",
            case event
                when 'insert' then 'referencing new table as new_rows'
                when 'update' then 'referencing old table as old_rows new table as new_rows'
                when 'delete' then 'referencing old table as old_rows'
                else ''
            end,
            capture);
    end loop;

    insert into lastmile.tracked_table (relation, entity, columns, ignored, capture, capture_md5)
    select "table", entity, coalesce(jsonb_object_agg(property, coalesce(track.columns ->> property, property)), '{}'), ignored, capture,
           (select md5(prosrc) from pg_proc where pronamespace = 'lastmile'::regnamespace and proname = capture)
    from unnest(properties) property;

    insert into lastmile.purge_rule (relation, entity, kind, template)
    select "table", entity, 'key', template from unnest(keys) template
    union
    select "table", entity, 'tag', template from unnest(tags) template;

    update lastmile.rule_revision set revision = revision + 1;
end
$track$;

-- Ends the capture of a table and forgets its rules. Harmless for a table that is not tracked, and for null.
create function lastmile.untrack("table" regclass) returns void
language plpgsql as $untrack$
declare
    tracked lastmile.tracked_table;
    event text;
begin
    delete from lastmile.tracked_table where relation = "table" returning * into tracked;
    if not found then
        return;
    end if;

    foreach event in array array['insert', 'update', 'delete', 'truncate'] loop
        execute format('drop trigger if exists %I on %s', 'lastmile_' || event, "table");
    end loop;
    execute format('drop function if exists lastmile.%I()', tracked.capture);

    update lastmile.rule_revision set revision = revision + 1;
end
$untrack$;
