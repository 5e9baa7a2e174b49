-- Generates the source of capture functions. A tracked table may have columns of any name. So the source qualifies every column with its
-- row (o old, n new, r either, t the referenced row), never uses an alias alone as a whole row, and qualifies variables with the block's
-- label where columns are in scope.

-- SQL for the values that a row's templates name, each in its text form: r."Id"::text, (select t.slug::text from ... where t.id =
-- r.product_id). Subqueries, not joins: plans are cached per session, and a plan made for a bulk statement would hash the other table for
-- every single-row one.
create function lastmile.values_of(row_alias text, tracked lastmile.tracked_table, as_columns boolean) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select coalesce(string_agg(value || case when as_columns then ' as v' || n else '' end, ', ' order by n), case when as_columns then '0 as v0' else '' end)
    from (
        select n, case
            when resolved.reference is null then lastmile.text_form(format('%s.%I', row_alias, column_name), type)
            else format('(select %s from %s t where %s)',
                lastmile.text_form(format('t.%I', column_name), type), lastmile.qualified(target.relation),
                lastmile.meets('t', target.relation, target.there, row_alias, tracked.relation, target.own))
            end as value
        from lastmile.resolve(tracked.relation, tracked.properties, tracked.columns, tracked.joins) resolved
        left join lateral lastmile.reference(tracked.relation, resolved.reference, tracked.joins) target on resolved.reference is not null
    ) valued
$$;

-- SQL that is true when two rows have the same values: the columns that the values come from are identical, byte for byte.
create function lastmile.same_values(tracked lastmile.tracked_table) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select coalesce(format('not row(%s)::record *<> row(%s)::record', string_agg(format('o.%I', name), ', ' order by name), string_agg(format('n.%I', name), ', ' order by name)), 'true')
    from (
        select distinct unnest(case when resolved.reference is null then array[resolved.column_name] else target.own end) as name
        from lastmile.resolve(tracked.relation, tracked.properties, tracked.columns, tracked.joins) resolved
        left join lateral lastmile.reference(tracked.relation, resolved.reference, tracked.joins) target on resolved.reference is not null
    ) source
$$;

-- SQL that is true when a row's reference finds no row, so a key can't be rendered; null if no template is affected.
-- Old row (is_new false): a cascade deleted the referenced row, and a template combines its value with others. (The referenced table itself
-- purges keys that show only its own values.)
-- New row (is_new true): a foreign key guarantees the referenced row, but the capture can't see it, or the key is deferred.
create function lastmile.unresolved(tracked lastmile.tracked_table, row_alias text, is_new boolean) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
    with resolved as (
        select * from lastmile.resolve(tracked.relation, tracked.properties, tracked.columns, tracked.joins)
    ), needed as (
        select distinct referring.reference, other.property is not null as mixed
        from lastmile.purge_rule rule
        join resolved referring on referring.reference is not null and referring.property = any (lastmile.placeholders(array[rule.template]))
        left join resolved other on other.reference is distinct from referring.reference and other.property = any (lastmile.placeholders(array[rule.template]))
        where rule.relation = tracked.relation
    )
    select string_agg(distinct
        format('((%s) is not null and not exists (select from %s t where %s))',
            (select string_agg(format('%s.%I', row_alias, own), ', ') from unnest(target.own) own),
            lastmile.qualified(target.relation),
            lastmile.meets('t', target.relation, target.there, row_alias, tracked.relation, target.own)),
        ' or ')
    from needed
    cross join lateral lastmile.reference(tracked.relation, reference, tracked.joins) target
    where case when is_new then target.enforced else mixed end
$$;

-- SQL that writes the values of many rows to the outbox, up to a thousand in each outbox row.
create function lastmile.insert_many(tracked lastmile.tracked_table, kind text, rows_sql text, distinctly boolean) returns text
language sql stable set search_path = pg_catalog, pg_temp as $insert_many$
    select format($source$
            insert into lastmile.outbox (entity, relation, kind, columns, rows, row_count)
            select %1$L, %8$L, %2$L, %3$L, json_agg(value), count(*)
            from (
                select json_build_array(%4$s) as value, (row_number() over () - 1) / 1000 as chunk
                from (select %5$s %6$s from %7$s r) named
            ) chunked
            group by chunk;
$source$,
        tracked.entity, kind, tracked.properties,
        (select coalesce(string_agg('v' || n, ', ' order by n), '') from generate_series(1, cardinality(tracked.properties)) n),
        case when distinctly then 'distinct' else '' end,
        lastmile.values_of('r', tracked, true), rows_sql, (tracked).name)
$insert_many$;

-- SQL that writes an outbox row without values.
create function lastmile.insert_without_values(tracked lastmile.tracked_table, kind text) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select format($source$insert into lastmile.outbox (entity, relation, kind, columns, rows, row_count) values (%L, %L, %L, '{}', '[]', 0);$source$,
        tracked.entity, (tracked).name, kind)
$$;

-- Whether two rows always have different values: the templates name all columns of a unique key, and all are NOT NULL.
create function lastmile.names_a_row(tracked lastmile.tracked_table) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
    select exists (
        select from pg_index
        where indrelid = tracked.relation and indisunique and indpred is null and indexprs is null and not exists (
            select from pg_attribute a
            where a.attrelid = indrelid and a.attnum = any ((indkey::smallint[])[0:indnkeyatts - 1])
                and (not a.attnotnull or not exists (
                    select from lastmile.resolve(tracked.relation, tracked.properties, tracked.columns, tracked.joins)
                    where reference is null and column_name = a.attname))))
$$;

-- The source of the capture function of a relation: a tracked table, or one of its partitions or children. "known" are the relation's
-- columns, and "shape" is pg_class.relnatts, which counts dropped columns too. Both are current, or those at the capture's installation.
--
-- Most statements change one row, so the source tries that case first, without the sets, windows and aggregates that many rows need: INTO
-- STRICT raises an error for none or many. The reads are inside the block that catches errors, and the write of the one row follows it, so
-- a transaction of a thousand small updates does not write under a thousand subtransactions.
create function lastmile.capture_source(tracked lastmile.tracked_table, relation regclass, known text[], shape integer) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $capture_source$
declare
    ignored text[] := array(select coalesce(tracked.columns ->> property, property) from unnest(tracked.ignored) property);
    compared text[] := array(select name from unnest(known) with ordinality k (name, place) where name <> all (ignored) order by place);
    compared_sql text := (
        select string_agg(lastmile.compared_form('r', attname, atttypid, atttypmod), ', ' order by attnum) from pg_attribute where attrelid = relation and attname = any (compared));
    -- A column added later is not in the generated list: once relnatts differs, its changes must count too.
    same_shape text := format('(select relnatts from pg_class where oid = lastmile_capture.relid) = %s', shape);
    unchanged text := 'not row(o.*)::record *<> row(n.*)::record';
    distinctly boolean := not lastmile.names_a_row(tracked);
    lost_old text := lastmile.unresolved(tracked, 'o', is_new => false);
    lost_new text := lastmile.unresolved(tracked, 'n', is_new => true);
    unresolved text := lastmile.insert_without_values(tracked, 'unresolved');
    one_row text;
    many_rows text;
    failure text := '';
begin
    if ignored <> '{}' then
        -- Compare whole rows last: they may hold large values, which then need not be read.
        unchanged := format('not row(%s)::record *<> row(%s)::record and (%s or %s)',
            (select string_agg(format('o.%I', name), ', ') from unnest(compared) name),
            (select string_agg(format('n.%I', name), ', ') from unnest(compared) name),
            same_shape, unchanged);
    end if;

    one_row := format($source$
        if tg_op = 'UPDATE' then
            select case
                when %1$s then null
                when %2$s then json_build_array(json_build_array(%4$s))
                else json_build_array(json_build_array(%3$s), json_build_array(%4$s))
            end, %5$s
            into strict captured, unresolved from old_rows o cross join new_rows n;
        elsif tg_op = 'INSERT' then
            select json_build_array(json_build_array(%4$s)), %6$s into strict captured, unresolved from new_rows n;
        elsif tg_op = 'DELETE' then
            select json_build_array(json_build_array(%3$s)), %7$s into strict captured, unresolved from old_rows o;
        else
            %8$s
        end if;$source$,
        unchanged, lastmile.same_values(tracked), lastmile.values_of('o', tracked, false), lastmile.values_of('n', tracked, false),
        coalesce(lost_old || ' or ' || lost_new, lost_old, lost_new, 'false'), coalesce(lost_new, 'false'), coalesce(lost_old, 'false'),
        lastmile.insert_without_values(tracked, 'truncate'));

    many_rows := format($source$
        if tg_op = 'UPDATE' then%1$s%4$s%5$s
        elsif tg_op = 'INSERT' then%2$s%5$s
        else%3$s%4$s
        end if;$source$,
        -- Old and new values of the rows that changed: a renamed slug yields both; a row set to its old values yields none.
        lastmile.insert_many(tracked, 'update', format($rows$(
                    (select %1$s from old_rows r except select %1$s from new_rows r where %2$s)
                    union all
                    (select %1$s from new_rows r except select %1$s from old_rows r where %2$s)
                )$rows$, compared_sql, same_shape), true),
        lastmile.insert_many(tracked, 'insert', 'new_rows', distinctly),
        lastmile.insert_many(tracked, 'delete', 'old_rows', distinctly),
        lastmile.if_any('old_rows o', lost_old, unresolved),
        lastmile.if_any('new_rows n', lost_new, unresolved));

    if not (tracked).strict then
        failure := format($source$
    when others then
        -- Errors that capture did not cause: serialization conflicts, lock timeouts, lack of resources, cancellation by an operator.
        if left(sqlstate, 2) in ('40', '53', '57', '58') or sqlstate = '55P03' then
            raise;
        end if;
        insert into lastmile.outbox (entity, relation, kind, columns, rows, row_count)
        values (%L, %L, 'failure', '{error}', json_build_array(json_build_array(tg_relid::regclass || ': ' || sqlerrm)), 1);
        return null;$source$, tracked.entity, (tracked).name);
        many_rows := format($source$
        begin%s
        exception%s
        end;$source$, many_rows, failure);
    end if;

    return format($source$
<<lastmile_capture>>
declare
    relid constant oid := tg_relid;
    captured json;
    unresolved boolean;
begin
    begin%s
    exception when no_data_found or too_many_rows then%s%s
    end;
    if captured is not null then
        if unresolved then
            %s
        end if;
        insert into lastmile.outbox (entity, relation, kind, columns, rows, row_count)
        values (%L, %L, lower(tg_op), %L, captured, json_array_length(captured));
    end if;
    return null;
end
$source$, one_row, many_rows, failure, unresolved, tracked.entity, (tracked).name, tracked.properties);
end
$capture_source$;

-- SQL that runs a statement if a row of a set meets a condition; empty without a condition.
create function lastmile.if_any(rows_sql text, condition text, "then" text) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select case when condition is null then '' else format($source$
            if exists (select from %s where %s) then
                %s
            end if;$source$, rows_sql, condition, "then") end
$$;
