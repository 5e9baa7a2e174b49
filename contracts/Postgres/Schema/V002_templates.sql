-- Resolves the placeholders of templates, and converts column values to text.

-- The placeholders of templates, in order of first use. {{ and }} are literal braces.
create function lastmile.placeholders(templates text[]) returns text[]
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select coalesce(array_agg(name order by first_use), '{}')
    from (
        select match[1] as name, min(array[position, place]) as first_use
        from unnest(templates) with ordinality t (template, position),
             regexp_matches(replace(replace(template, '{{', ''), '}}', ''), '\{([^{}]*)\}', 'g') with ordinality m (match, place)
        group by 1
    ) found
$$;

-- Whether a text is a valid template: not empty, paired braces around names, and no control characters.
create function lastmile.is_template(template text) returns boolean
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select coalesce(
        template <> '' and template !~ '[[:cntrl:]]'
            and regexp_replace(replace(replace(template, '{{', ''), '}}', ''), '\{[^{}]+\}', '', 'g') !~ '[{}]',
        false)
$$;

-- The base type of a domain; any other type unchanged.
create function lastmile.base_type(type oid) returns oid
language sql stable set search_path = pg_catalog, pg_temp as $$
    with recursive base as (
        select oid, typtype, typbasetype from pg_type where oid = type
        union all
        select next.oid, next.typtype, next.typbasetype from base join pg_type next on next.oid = base.typbasetype where base.typtype = 'd'
    )
    select oid from base where typtype <> 'd'
$$;

-- Whether values of a type have a single text form for keys. Arrays, documents, composites, ranges and shapes have none, nor do types whose
-- text depends on names (regclass) or on the server's locale (money).
create function lastmile.has_text_form(type oid) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
    select typcategory not in ('A', 'C', 'G', 'P', 'R', 'X')
        and not oid = any ('{json,jsonb,jsonpath,xml,money,tsvector,tsquery,regproc,regprocedure,regoper,regoperator,regclass,regcollation,regtype,regrole,regnamespace,regconfig,regdictionary}'::regtype[])
    from pg_type
    where pg_type.oid = lastmile.base_type(type)
$$;

-- SQL for the text form of a value in keys: one form per type, independent of the session's DateStyle, TimeZone and bytea_output (for
-- interval and float the capture function sets its own). Where a cast to text differs from the type's output function, as for inet and
-- char(n), clients see the output function's text. Collation "C" keeps values apart that another collation treats as equal. A text too long
-- for a key is cut just past the limit: the relay still rejects the key, and the large value stays in its table.
create function lastmile.text_form(value text, type oid) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select format(case
        when base.oid = 'timestamptz'::regtype then $f$coalesce(to_char(%1$s at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), %1$s::text)$f$
        when base.oid = 'timestamp'::regtype   then $f$coalesce(to_char(%1$s, 'YYYY-MM-DD"T"HH24:MI:SS.US'), %1$s::text)$f$
        when base.oid = 'date'::regtype        then $f$coalesce(to_char(%1$s, 'YYYY-MM-DD'), %1$s::text)$f$
        when base.oid = 'bytea'::regtype       then $f$encode(substring(%1$s from 1 for 1025), 'hex')$f$
        when base.oid = 'bool'::regtype        then '%1$s::text'
        when printed.differently               then $f$case when %1$s is not null then left(format('%%s', %1$s) collate "C", 1025) end$f$
        when base.typlen = -1                  then '(left(%1$s::text, 1025) collate "C")'
        else '%1$s::text collate "C"'
    end, value)
    from pg_type base
    cross join lateral (
        select exists (select from pg_cast where castsource = base.oid and casttarget = 'text'::regtype and castmethod = 'f') as differently
    ) printed
    where base.oid = lastmile.base_type(type)
$$;

-- SQL for a column as EXCEPT compares old and new rows. Equal must mean identical. But citext treats 'Shoe' as 'shoe', and numeric without
-- a declared scale treats 1.0 as 1.00, although a cache shows them differently; json, xml and point have no equality. Such types are
-- compared as text.
create function lastmile.compared_form(row_alias text, "column" text, type oid, modifier integer) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select format(case
        when typtype = 'e' or pg_type.oid = 'numeric'::regtype and modifier >= 0 or pg_type.oid = any ('{bool,int2,int4,int8,oid,uuid,date,time,timestamp,timestamptz,bytea}'::regtype[]) then '%1$s.%2$I'
        when pg_type.oid = any ('{text,varchar}'::regtype[]) then '%1$s.%2$I collate "C" as %2$I'
        else '%1$s.%2$I::text collate "C" as %2$I'
    end, row_alias, "column")
    from pg_type
    where pg_type.oid = lastmile.base_type(type)
$$;

-- A relation's schema-qualified name, valid under any search_path.
create function lastmile.qualified(relation regclass) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select format('%I.%I', nspname, relname) from pg_class join pg_namespace on pg_namespace.oid = relnamespace where pg_class.oid = relation
$$;

-- "joins" with schema-qualified tables: each table is qualified with the first of these schemas that has it. Others stay unchanged.
create function lastmile.qualify_joins(joins jsonb, schemas name[]) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp as $$
    select coalesce(jsonb_object_agg(reference, case when found.name is null then target else jsonb_set(target, '{table}', to_jsonb(found.name)) end), '{}')
    from jsonb_each(joins) declared (reference, target)
    left join lateral (
        select lastmile.qualified(pg_class.oid) as name
        from (select parse_ident(target ->> 'table') as parts) parsed
        cross join unnest(case cardinality(parts) when 1 then schemas else array[parts[1]]::name[] end) with ordinality schema (name, place)
        join pg_namespace on nspname = schema.name
        join pg_class on relnamespace = pg_namespace.oid and relname = parts[cardinality(parts)]
        order by place
        limit 1
    ) found on true
$$;

-- The table that a reference leads to, the matching columns, and whether a foreign key guarantees that the row exists. A reference is
-- declared in "joins" or is a foreign key, named by its only column, its own name, or the table it references. Null if none or more than
-- one matches.
create function lastmile.reference("table" regclass, reference text, joins jsonb, out relation regclass, out own text[], out there text[], out enforced boolean)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    leads integer;
begin
    if joins ? reference then
        relation := to_regclass(joins -> reference ->> 'table');
        select array_agg(key order by key), array_agg(value order by key) into own, there from jsonb_each_text(joins -> reference -> 'on');
        if relation is null or own is null then
            raise exception 'lastmile.track(%): the join "%" has no known table or no columns: %', "table", reference, joins -> reference
                using hint = 'Name a table that search_path finds, and the matching columns: {"Product": {"table": "public.products", "on": {"product_id": "id"}}}.';
        end if;
        enforced := exists (
            select from lastmile.foreign_keys("table") declared
            where declared.relation = reference.relation
                and (select jsonb_object_agg(ours, theirs) from unnest(declared.own, declared.there) pair (ours, theirs)) = joins -> reference.reference -> 'on');
    else
        select count(*), min(declared.relation::oid)::regclass, min(declared.own), min(declared.there) into leads, relation, own, there
        from lastmile.foreign_keys("table") declared
        where declared.own = array[reference] or declared.name = reference or (select relname from pg_class where oid = declared.relation) = reference;
        if leads <> 1 then
            relation := null;
            return;
        end if;
        enforced := true;
    end if;

    if not exists (
        select from pg_index
        where indrelid = relation and indisunique and indpred is null and indexprs is null
            and (select array_agg(attname::text) from pg_attribute where attrelid = indrelid and attnum = any ((indkey::smallint[])[0:indnkeyatts - 1])) <@ there) then
        raise exception 'lastmile.track(%): the reference "%" may match several rows: %(%) is not unique', "table", reference, relation, array_to_string(there, ', ')
            using hint = 'Refer to one row by the columns of a primary key or a unique index.';
    end if;
end
$$;

-- The foreign keys of a table, and their matching columns, in order.
create function lastmile.foreign_keys("table" regclass) returns table (name text, relation regclass, own text[], there text[])
language sql stable set search_path = pg_catalog, pg_temp as $$
    select conname, confrelid::regclass,
        (select array_agg(attname::text order by nr) from unnest(conkey) with ordinality k (attnum, nr) join pg_attribute a using (attnum) where attrelid = conrelid),
        (select array_agg(attname::text order by nr) from unnest(confkey) with ordinality k (attnum, nr) join pg_attribute a using (attnum) where attrelid = confrelid)
    from pg_constraint
    where conrelid = "table" and contype = 'f' and conparentid = 0
$$;

-- SQL that is true for the row that a reference leads to: t.id = r.product_id. Columns are compared by the key's own operator,
-- schema-qualified, and collation. For example, citext matches 'Shoe' with 'shoe', but under the capture's search_path it would be
-- compared as text.
create function lastmile.meets(there_alias text, there_relation regclass, there text[], own_alias text, own_relation regclass, own text[]) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select string_agg(format('%s.%I %s %s.%I%s%s', there_alias, theirs.attname, coalesce(equality.sign, '='), own_alias, ours.attname,
            case when equality.sign is not null and lastmile.base_type(ours.atttypid) <> equality.type then '::' || equality.type_name end,
            case when theirs.attcollation <> ours.attcollation and theirs.attcollation <> 0 then ' collate ' || theirs.attcollation::regcollation end),
        ' and ' order by place)
    from unnest(there, own) with ordinality met (column_there, column_here, place)
    join pg_attribute theirs on theirs.attrelid = there_relation and theirs.attname = column_there
    join pg_attribute ours on ours.attrelid = own_relation and ours.attname = column_here
    left join lateral (
        select opcintype as type, format('%I.%I', type_schema.nspname, typname) as type_name, format('operator(%I.%s)', operator_schema.nspname, oprname) as sign
        from pg_opclass
        join pg_amop on amopfamily = opcfamily and amoplefttype = opcintype and amoprighttype = opcintype and amopstrategy = 3
        join pg_operator on pg_operator.oid = amopopr
        join pg_namespace operator_schema on operator_schema.oid = oprnamespace
        join pg_type on pg_type.oid = opcintype
        join pg_namespace type_schema on type_schema.oid = typnamespace
        where opcintype = lastmile.base_type(theirs.atttypid) and opcdefault and opcmethod = (select oid from pg_am where amname = 'btree')
            and operator_schema.nspname <> 'pg_catalog'
    ) equality on true
$$;

-- The source of each property of a table's templates; column_name is null for an unknown property.
create function lastmile.resolve("table" regclass, properties text[], columns jsonb, joins jsonb)
returns table (n bigint, property text, reference text, relation regclass, column_name text, type oid)
language sql stable set search_path = pg_catalog, pg_temp as $$
    with named as (
        select p.n, p.property, coalesce(columns ->> p.property, p.property) as own_name,
            case when p.property like '%_._%' then split_part(p.property, '.', 1) end as reference,
            coalesce(columns ->> p.property, substr(p.property, strpos(p.property, '.') + 1)) as name_there
        from unnest(properties) with ordinality p (property, n)
    ), own as (
        select named.*, a.attname, a.atttypid
        from named
        left join pg_attribute a on a.attrelid = "table" and a.attname = own_name and a.attnum > 0 and not a.attisdropped
            and (named.reference is null or not joins ? named.reference)
    )
    select own.n, own.property,
        case when own.attname is null and there.attname is not null then own.reference end,
        case when own.attname is not null then "table" when there.attname is not null then target.relation end,
        coalesce(own.attname, there.attname)::text,
        coalesce(own.atttypid, there.atttypid)
    from own
    left join lateral lastmile.reference("table", own.reference, joins) target on own.attname is null and own.reference is not null
    left join pg_attribute there on there.attrelid = target.relation and there.attname = own.name_there and there.attnum > 0 and not there.attisdropped
    order by own.n
$$;
