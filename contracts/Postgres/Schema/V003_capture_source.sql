-- Writes the source of capture functions.

-- The version of what capture_source() writes. audit() names functions of an older one; retrack() renews them.
create function lastmile.capture_version() returns integer language sql immutable as 'select 1';

-- SQL for the values that a row's templates name, each in its text form: r."Id"::text, (select t.slug::text from … where t.id = r.product_id).
-- Subqueries, not joins: a plan is kept for the session, and one made for a bulk statement would hash the other table for each single row.
create function lastmile.values_of(row_alias text, tracked lastmile.tracked_table, as_columns boolean) returns text
language sql stable as $$
    select coalesce(string_agg(value || case when as_columns then ' as v' || n else '' end, ', ' order by n), case when as_columns then '0 as v0' else '' end)
    from (
        select n, case
            when reference is null then lastmile.text_form(format('%s.%I', row_alias, column_name), type)
            else format('(select %s from %s t where %s)',
                lastmile.text_form(format('t.%I', column_name), type), lastmile.qualified(target.relation),
                (select string_agg(format('t.%I = %s.%I', there, row_alias, own), ' and ') from unnest(target.there, target.own) u (there, own)))
            end as value
        from lastmile.resolve(tracked.relation, tracked.properties, tracked.columns, tracked.joins) resolved
        left join lateral lastmile.reference(tracked.relation, resolved.reference, tracked.joins) target on resolved.reference is not null
    ) valued
$$;

-- SQL that is true when two rows give the same values: their own columns that the values come from are the same, byte for byte.
create function lastmile.same_values(tracked lastmile.tracked_table) returns text
language sql stable as $$
    select coalesce(format('not row(%s)::record *<> row(%s)::record', string_agg(format('o.%I', name), ', ' order by name), string_agg(format('n.%I', name), ', ' order by name)), 'true')
    from (
        select distinct unnest(case when resolved.reference is null then array[resolved.column_name] else target.own end) as name
        from lastmile.resolve(tracked.relation, tracked.properties, tracked.columns, tracked.joins) resolved
        left join lateral lastmile.reference(tracked.relation, resolved.reference, tracked.joins) target on resolved.reference is not null
    ) source
$$;

-- SQL that is true when an old row's reference leads nowhere any more, as in a cascade, though a template needs it beside other values:
-- then no trigger can render the old key. Null where no template does. (A key of the referenced values alone is that table's own to purge.)
create function lastmile.lost_reference(tracked lastmile.tracked_table) returns text
language sql stable as $$
    with resolved as (
        select * from lastmile.resolve(tracked.relation, tracked.properties, tracked.columns, tracked.joins)
    ), mixed as (
        select distinct referring.reference
        from lastmile.purge_rule rule
        join resolved referring on referring.reference is not null and referring.property = any (lastmile.placeholders(array[rule.template]))
        join resolved other on other.reference is distinct from referring.reference and other.property = any (lastmile.placeholders(array[rule.template]))
        where rule.relation = tracked.relation
    )
    select string_agg(
        format('exists (select from old_rows r where (%s) is not null and not exists (select from %s t where %s))',
            (select string_agg(format('r.%I', own), ', ') from unnest(target.own) own),
            lastmile.qualified(target.relation),
            (select string_agg(format('t.%I = r.%I', there, own), ' and ') from unnest(target.there, target.own) u (there, own))),
        ' or ')
    from mixed
    cross join lateral lastmile.reference(tracked.relation, reference, tracked.joins) target
$$;

-- SQL that writes the values of many rows to the outbox, a thousand a row.
create function lastmile.insert_many(tracked lastmile.tracked_table, kind text, rows_sql text, distinctly boolean) returns text
language sql stable as $insert_many$
    select format($source$
            insert into lastmile.outbox (entity, kind, columns, rows, row_count)
            select %1$L, %2$L, %3$L, json_agg(value), count(*)
            from (
                select json_build_array(%4$s) as value, (row_number() over () - 1) / 1000 as chunk
                from (select %5$s %6$s from %7$s r) named
            ) chunked
            group by chunk;
$source$,
        tracked.entity, kind, tracked.properties,
        (select coalesce(string_agg('v' || n, ', ' order by n), '') from generate_series(1, cardinality(tracked.properties)) n),
        case when distinctly then 'distinct' else '' end,
        lastmile.values_of('r', tracked, true), rows_sql)
$insert_many$;

-- Whether no two rows can give the same values: the templates name all columns of a unique key, none of them null.
create function lastmile.names_a_row(tracked lastmile.tracked_table) returns boolean
language sql stable as $$
    select exists (
        select from pg_index
        where indrelid = tracked.relation and indisunique and indpred is null and indexprs is null and not exists (
            select from pg_attribute a
            where a.attrelid = indrelid and a.attnum = any ((indkey::smallint[])[0:indnkeyatts - 1])
                and (not a.attnotnull or not exists (
                    select from lastmile.resolve(tracked.relation, tracked.properties, tracked.columns, tracked.joins)
                    where reference is null and column_name = a.attname))))
$$;

-- The source of the capture function of a relation: a tracked table, or a partition or child of it.
--
-- Most statements change one row, so that is tried first, without the sets, windows and aggregates that many need: STRICT says when it
-- was none or many. All reading is done inside the block that catches errors and the one row's writing after it: a transaction of a
-- thousand small updates has no thousand subtransactions to its name.
create function lastmile.capture_source(tracked lastmile.tracked_table, relation regclass) returns text
language plpgsql stable as $capture_source$
declare
    ignored text[] := array(select coalesce(tracked.columns ->> property, property) from unnest(tracked.ignored) property);
    compared text[] := array(
        select attname from pg_attribute where attrelid = relation and attnum > 0 and not attisdropped and attname <> all (ignored) order by attnum);
    compared_sql text := (
        select string_agg(lastmile.compared_form(attname, atttypid, atttypmod), ', ' order by attnum) from pg_attribute where attrelid = relation and attname = any (compared));
    -- A column that came later, which a list written today does not know, must count as any other.
    shape text := format('(select relnatts from pg_class where oid = tg_relid) = %s', (select relnatts from pg_class where oid = relation));
    unchanged text := 'not o *<> n';
    distinctly boolean := not lastmile.names_a_row(tracked);
    lost text := coalesce($source$
            if $source$ || lastmile.lost_reference(tracked) || format($source$ then
                insert into lastmile.outbox (entity, kind, columns, rows, row_count) values (%L, 'unresolved', '{}', '[]', 0);
            end if;$source$, tracked.entity), '');
    one_row text;
    many_rows text;
    failure text := '';
begin
    if ignored <> '{}' then
        unchanged := format('not row(%s)::record *<> row(%s)::record and (not o *<> n or %s)',
            (select string_agg(format('o.%I', name), ', ') from unnest(compared) name),
            (select string_agg(format('n.%I', name), ', ') from unnest(compared) name),
            shape);
    end if;

    one_row := format($source$
        if tg_op = 'UPDATE' then
            select case
                when %1$s then null
                when %2$s then json_build_array(json_build_array(%4$s))
                else json_build_array(json_build_array(%3$s), json_build_array(%4$s))
            end
            into strict captured from old_rows o cross join new_rows n;%5$s
        elsif tg_op = 'INSERT' then
            select json_build_array(json_build_array(%4$s)) into strict captured from new_rows n;
        elsif tg_op = 'DELETE' then
            select json_build_array(json_build_array(%3$s)) into strict captured from old_rows o;%5$s
        else
            insert into lastmile.outbox (entity, kind, columns, rows, row_count) values (%6$L, 'truncate', '{}', '[]', 0);
        end if;$source$,
        unchanged, lastmile.same_values(tracked), lastmile.values_of('o', tracked, false), lastmile.values_of('n', tracked, false),
        lost, tracked.entity);

    many_rows := format($source$
        if tg_op = 'UPDATE' then%1$s%4$s
        elsif tg_op = 'INSERT' then%2$s
        else%3$s%4$s
        end if;$source$,
        -- Old and new, of the rows that really changed: a renamed slug gives both; a row set to what it was gives none.
        lastmile.insert_many(tracked, 'update', format($rows$(
                    (select %1$s from old_rows except select %1$s from new_rows where %2$s)
                    union all
                    (select %1$s from new_rows except select %1$s from old_rows where %2$s)
                )$rows$, compared_sql, shape), true),
        lastmile.insert_many(tracked, 'insert', 'new_rows', distinctly),
        lastmile.insert_many(tracked, 'delete', 'old_rows', distinctly),
        lost);

    if not (tracked).strict then
        failure := format($source$
    when others then
        -- Not capture's own: a conflict to be tried again, a lock, resources, an operator's stop.
        if left(sqlstate, 2) in ('40', '53', '57', '58') or sqlstate = '55P03' then
            raise;
        end if;
        insert into lastmile.outbox (entity, kind, columns, rows, row_count)
        values (%L, 'failure', '{error}', json_build_array(json_build_array(tg_relid::regclass || ': ' || sqlerrm)), 1);
        return null;$source$, tracked.entity);
        many_rows := format($source$
        begin%s
        exception%s
        end;$source$, many_rows, failure);
    end if;

    return format($source$
declare
    captured json;
begin
    begin%s
    exception when no_data_found or too_many_rows then%s%s
    end;
    if captured is not null then
        insert into lastmile.outbox (entity, kind, columns, rows, row_count)
        values (%L, lower(tg_op), %L, captured, json_array_length(captured));
    end if;
    return null;
end
$source$, one_row, many_rows, failure, tracked.entity, tracked.properties);
end
$capture_source$;
