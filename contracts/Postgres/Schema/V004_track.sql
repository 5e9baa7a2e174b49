-- The body of track(), after qualify_joins().
create function lastmile.declare_tracking(
    "table" regclass, entity text, keys text[], tags text[], ignore text[], columns jsonb, joins jsonb, strict boolean) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $declare$
declare
    tracked lastmile.tracked_table :=
        row("table", lastmile.qualified("table"), entity, lastmile.placeholders(keys || tags), ignore, columns, joins, strict, clock_timestamp());
    member regclass;
begin
    perform lastmile.check_tracking(tracked, keys || tags);
    perform lastmile.untrack("table");

    insert into lastmile.tracked_table select tracked.*;
    insert into lastmile.purge_rule (relation, entity, kind, template)
    select "table", entity, 'key', template from unnest(keys) template
    union
    select "table", entity, 'tag', template from unnest(tags) template;

    foreach member in array lastmile.members("table") loop
        perform lastmile.install_capture(tracked, member);
    end loop;

    update lastmile.rule_revision set revision = gen_random_uuid();
end
$declare$;

-- Captures every change of a table, its partitions and its children into the outbox, in the transaction of the change.
--   "table"  the table; its owner calls this function
--   entity   its name in purge rules and messages; several tables may be one entity
--   keys     templates of the cache keys to purge, such as product:{Id}; {Product.Slug} is a value of the row that a reference leads to
--   tags     templates of the tags to purge, such as category:{CategoryId}
--   ignore   properties that no cached value shows: an update of only these purges nothing
--   columns  property -> column, where the names differ: {"CategoryId": "category_id", "Product.Slug": "slug"}
--   joins    reference -> table and columns, for a reference that is not the column, name or table of a foreign key:
--            {"Product": {"table": "public.products", "on": {"product_id": "id"}}}
--   strict   whether a change that can't be captured fails; by default it succeeds, is recorded, and purges the entity's tag
-- Another call for the same table replaces its rules.
create function lastmile.track(
    "table" regclass,
    entity text,
    keys text[],
    tags text[] default '{}',
    ignore text[] default '{}',
    columns jsonb default '{}',
    joins jsonb default '{}',
    strict boolean default false)
returns void
language sql as $track$
    -- The caller's search_path resolves only the tables of joins.
    select lastmile.declare_tracking("table", entity, keys, tags, ignore, columns, lastmile.qualify_joins(joins, pg_catalog.current_schemas(true)), strict)
$track$;

-- The reason why a role can't read all rows of a table in these columns; null if it can.
create function lastmile.not_seen(relation regclass, columns text[], role regrole) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select case
        when not has_schema_privilege(role::oid, relnamespace, 'usage') then format('%s may not use the schema of %s', role, relation)
        when exists (select from unnest(columns) name where not has_column_privilege(role::oid, pg_class.oid, name, 'select')) then format('%s may not read %s', role, relation)
        when relrowsecurity and not (rolsuper or rolbypassrls) and (relforcerowsecurity or not pg_has_role(role::oid, relowner, 'usage')) then
            format('row level security may hide rows of %s from %s', relation, role)
    end
    from pg_class
    join pg_roles on pg_roles.oid = role
    where pg_class.oid = relation
$$;

-- A table with its partitions or children, recursively. A statement fires the triggers only of the relation that it names.
create function lastmile.members("table" regclass) returns regclass[]
language sql stable set search_path = pg_catalog, pg_temp as $$
    with recursive member as (
        select "table"::oid as relation
        union
        select inhrelid from member join pg_inherits on inhparent = relation
    )
    select array_agg(relation::regclass) from member join pg_class on pg_class.oid = relation where relkind in ('r', 'p')
$$;

-- Raises an error if the table can't be tracked as declared.
create function lastmile.check_tracking(tracked lastmile.tracked_table, templates text[]) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $check$
declare
    "table" constant regclass := tracked.relation;
    wrong text;
    kind "char";
    persistence "char";
begin
    select relkind, relpersistence into kind, persistence from pg_class where oid = "table";
    if kind not in ('r', 'p') or persistence = 't' then
        raise exception 'lastmile.track(%): this is not a table that can be captured', "table"
            using hint = 'Track the tables that hold the data, not a view, foreign table or temporary table.';
    end if;

    if coalesce(tracked.entity, '') = '' then
        raise exception 'lastmile.track(%): entity is empty', "table" using hint = 'Pass the name that purge rules and messages use, such as Product.';
    end if;

    if cardinality(templates) = 0 then
        raise exception 'lastmile.track(%): no keys or tags to purge', "table" using hint = 'Pass keys => array[''product:{id}''], or tags.';
    end if;

    select string_agg(coalesce(quote_literal(template), 'null'), ', ') into wrong from unnest(templates) template where not lastmile.is_template(template);
    if wrong is not null then
        raise exception 'lastmile.track(%): invalid template: %', "table", wrong
            using hint = 'A template is text with column names in braces, such as product:{id}. Double literal braces and remove control characters.';
    end if;

    select string_agg(format('"%s"', property), ', ' order by n) into wrong
    from lastmile.resolve("table", tracked.properties || tracked.ignored, tracked.columns, tracked.joins)
    where column_name is null or (reference is not null and n > cardinality(tracked.properties));
    if wrong is not null then
        raise exception 'lastmile.track(%): no such column, named in a template or in ignore: %', "table", wrong
            using hint = format('Columns: %s. If a property and its column have different names, map them: columns => ''{"Property": "column"}''.',
                (select string_agg(attname, ', ' order by attnum) from pg_attribute where attrelid = "table" and attnum > 0 and not attisdropped));
    end if;

    select string_agg(format('"%s" (%s)', property, format_type(type, null)), ', ' order by n) into wrong
    from lastmile.resolve("table", tracked.properties, tracked.columns, tracked.joins)
    where not lastmile.has_text_form(type);
    if wrong is not null then
        raise exception 'lastmile.track(%): a template can''t show values of this type: %', "table", wrong
            using hint = 'Name columns with a single value: a number, text, uuid, date, time, boolean or enum, not an array, JSON, range or composite.';
    end if;

    select string_agg(format('"%s"', property), ', ') into wrong from unnest(tracked.ignored) property where property = any (tracked.properties);
    if wrong is not null then
        raise exception 'lastmile.track(%): % is both in a template and in ignore', "table", wrong
            using hint = 'A change of a column in a template changes the key: remove the column from ignore.';
    end if;

    select string_agg(distinct lastmile.not_seen(target.relation, array_append(target.there, named.column_name), current_user::regrole), '; ') into wrong
    from lastmile.resolve("table", tracked.properties, tracked.columns, tracked.joins) named
    cross join lateral lastmile.reference("table", named.reference, tracked.joins) target
    where named.reference is not null;
    if wrong is not null then
        raise exception 'lastmile.track(%): the capture can''t read a table that a template refers to: %', "table", wrong
            using hint = 'The capture runs as the role that calls track. Let this role see every row of that table, or call track as a role that does.';
    end if;

    select string_agg(other.name, ', ' order by other.name) into wrong
    from lastmile.tracked_table other
    join pg_class on pg_class.oid = other.relation
    where other.entity = tracked.entity and relnamespace <> (select relnamespace from pg_class where oid = "table");
    if wrong is not null then
        raise warning 'lastmile.track(%): the entity % also has tables in another schema: %', "table", tracked.entity, wrong
            using hint = 'Each table keeps its own rules. But they share the tag that is purged when a key is unknown, and an EntityChanged of this name must hold every value that one table''s templates name. Give each table its own entity name unless you want this.';
    end if;

    select string_agg(format('%s (tracked with %s)', c.relation, c.tracked), ', ') into wrong
    from lastmile.capture c
    where c.relation = any (lastmile.members("table")) and c.tracked <> "table";
    if wrong is not null then
        raise exception 'lastmile.track(%): % is already captured', "table", wrong
            using hint = 'Track a partitioned or inherited table by its parent only, or untrack the other table first.';
    end if;
end
$check$;

-- Creates the capture function of a relation and the triggers that call it.
create function lastmile.install_capture(tracked lastmile.tracked_table, relation regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $install$
declare
    known constant text[] := array(select attname::text from pg_attribute where attrelid = install_capture.relation and attnum > 0 and not attisdropped order by attnum);
    shape constant integer := (select relnatts from pg_class where oid = install_capture.relation);
    source constant text := lastmile.capture_source(tracked, install_capture.relation, known, shape);
    capture text;
    event text;
begin
    -- Readable, at most 63 bytes, and different for a table that takes the name of a renamed one.
    select format('capture_%s_%s', left(regexp_replace(relname, '[^a-zA-Z0-9_]', '_', 'g'), 40), left(md5(format('%s %I', oid, relname)), 8)) into capture
    from pg_class
    where oid = install_capture.relation;

    execute format('create function lastmile.%I() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as %L', capture, source);
    execute format('revoke all on function lastmile.%I() from public', capture);
    -- Set only the settings that the text of the columns depends on: each one adds a cost to every call.
    if exists (select from lastmile.resolve(tracked.relation, tracked.properties, tracked.columns, tracked.joins) where lastmile.base_type(type) = 'interval'::regtype) then
        execute format('alter function lastmile.%I() set intervalstyle = iso_8601', capture);
    end if;
    if exists (select from lastmile.resolve(tracked.relation, tracked.properties, tracked.columns, tracked.joins) where lastmile.base_type(type) in ('float4'::regtype, 'float8'::regtype)) then
        execute format('alter function lastmile.%I() set extra_float_digits = 1', capture);
    end if;

    foreach event in array array['insert', 'update', 'delete', 'truncate'] loop
        execute format('create trigger %I after %s on %s %s for each statement execute function lastmile.%I()',
            'lastmile_' || event, event, install_capture.relation,
            case event
                when 'insert' then 'referencing new table as new_rows'
                when 'update' then 'referencing old table as old_rows new table as new_rows'
                when 'delete' then 'referencing old table as old_rows'
                else ''
            end,
            capture);
        -- Fire under session_replication_role = replica too: a tool that copies rows changes cached values.
        execute format('alter table only %s enable always trigger %I', install_capture.relation, 'lastmile_' || event);
    end loop;

    insert into lastmile.capture (relation, tracked, function, shape)
    values (install_capture.relation, tracked.relation, capture, shape);

    insert into lastmile.captured_column (capture, relation, column_name, type)
    select install_capture.relation, a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod)
    from pg_attribute a
    where a.attrelid = install_capture.relation and a.attnum > 0 and not a.attisdropped
    union
    select install_capture.relation, a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod)
    from lastmile.resolve(tracked.relation, tracked.properties, tracked.columns, tracked.joins) named
    cross join lateral lastmile.reference(tracked.relation, named.reference, tracked.joins) target
    join pg_attribute a on a.attrelid = named.relation and (a.attname = named.column_name or a.attname = any (target.there)) and not a.attisdropped
    where named.reference is not null;
end
$install$;

-- Ends the capture of a table and deletes its rules. Does nothing for null or a table that is not tracked. Works for a dropped table too.
create function lastmile.untrack("table" regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $untrack$
declare
    captured lastmile.capture;
    event text;
begin
    if not exists (select from lastmile.tracked_table where relation = "table") then
        return;
    end if;

    for captured in select * from lastmile.capture where tracked = "table" loop
        if exists (select from pg_class where oid = captured.relation) then
            foreach event in array array['insert', 'update', 'delete', 'truncate'] loop
                execute format('drop trigger if exists %I on %s', 'lastmile_' || event, captured.relation);
            end loop;
        end if;
        execute format('drop function if exists lastmile.%I()', captured.function);
    end loop;

    delete from lastmile.tracked_table where relation = "table";
    update lastmile.rule_revision set revision = gen_random_uuid();
end
$untrack$;

-- Rebuilds the capture of one table, or of every table, from the arguments of track(): after new partitions, changed columns, damaged
-- triggers, or an upgrade of this schema. If a tracked table no longer exists, the table that now has its name replaces it; if none does,
-- it is untracked.
create function lastmile.retrack("table" regclass default null) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $retrack$
declare
    declared lastmile.tracked_table;
begin
    for declared in select * from lastmile.tracked_table where "table" is null or relation = "table" order by relation loop
        if exists (select from pg_class where oid = declared.relation) then
            perform lastmile.track_as(declared, declared.relation);
        elsif lastmile.successor(declared) is not null then
            perform lastmile.track_as(declared, lastmile.successor(declared));
            perform lastmile.untrack(declared.relation);
        else
            perform lastmile.untrack(declared.relation);
        end if;
    end loop;
end
$retrack$;

-- Tracks a table with the arguments that another one was tracked with.
create function lastmile.track_as(declared lastmile.tracked_table, relation regclass) returns void
language sql set search_path = pg_catalog, pg_temp as $$
    select lastmile.declare_tracking(
        track_as.relation, declared.entity,
        array(select template from lastmile.purge_rule rule where rule.relation = declared.relation and kind = 'key' order by template),
        array(select template from lastmile.purge_rule rule where rule.relation = declared.relation and kind = 'tag' order by template),
        declared.ignored, declared.columns, declared.joins, (declared).strict)
$$;

-- The untracked table that now has the name under which another was tracked: it was swapped in, or created after that one was dropped. Null
-- if none.
create function lastmile.successor(declared lastmile.tracked_table) returns regclass
language sql stable set search_path = pg_catalog, pg_temp as $$
    select pg_class.oid::regclass
    from pg_class
    where pg_class.oid = to_regclass((declared).name) and relkind in ('r', 'p') and pg_class.oid <> declared.relation
        and not exists (select from lastmile.capture where capture.relation = pg_class.oid)
$$;
