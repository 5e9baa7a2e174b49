-- Upgrades the schema to the version of this script; does nothing if it is current.
-- Safe to run concurrently, as a separate statement or within another DO block.
do $lastmile_install$
declare
    installed integer := 0;
begin
    perform pg_advisory_xact_lock(hashtextextended('lastmile.schema', 0));
    if to_regnamespace('lastmile') is null then
        create schema lastmile;
    end if;
    if to_regclass('lastmile.schema_version') is null then
        create table lastmile.schema_version (
            version     integer primary key,
            applied_at  timestamptz not null default clock_timestamp()
        );
    end if;
    select coalesce(max(version), 0) into installed from lastmile.schema_version;
    
    if installed < 1 then
        execute $lastmile_v1$
-- Changes that wait to be purged. The relay deletes each row after its purge, usually within milliseconds.
-- Only the JSON is validated here: the relay quarantines a row that it can't parse, so the writer does not fail.
create table lastmile.outbox (
    id          bigint generated always as identity primary key,
    entity      text not null,                        -- the entity's name in the purge rules
    relation    text,                                 -- tracked_table.name; null: inserted by hand, for every rule of the entity
    kind        text not null,                        -- insert, update, delete; truncate, unresolved, failure: purge the entity's tag
    columns     text[] not null,                      -- names of the values in each row of "rows"
    rows        json not null,                        -- [["7","blue-shoe"],["8",null]]: at most 1,000 rows of text or null
    row_count   integer not null,                     -- length of "rows": bounds a claim without parsing the JSON
    xid         xid8 not null default pg_current_xact_id(),
    created_at  timestamptz not null default clock_timestamp(),
    traceparent text default nullif(current_setting('lastmile.traceparent', true), ''),  -- the writer's trace, as W3C Trace Context
    actor       text default nullif(current_setting('lastmile.actor', true), '')         -- the user or job that the writer named
) with (
    -- Vacuum at full speed after every thousand dead rows, because each claim has to skip them.
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 100000
);

-- Rows that the relay could not process, and the reason. Operators requeue() or delete them.
create table lastmile.outbox_quarantine (
    id              bigint generated always as identity primary key,
    outbox_id       bigint not null,
    entity          text not null,
    relation        text,
    kind            text not null,
    columns         text[] not null,
    rows            json not null,
    created_at      timestamptz not null,
    reason          text not null,
    quarantined_at  timestamptz not null default clock_timestamp()
);

-- The arguments of track(), one row per tracked table. retrack() rebuilds the capture from them.
create table lastmile.tracked_table (
    relation    regclass primary key,
    name        text not null,                        -- the relation's name when track() was called: "relation" of its outbox rows
    entity      text not null,
    properties  text[] not null,                      -- the placeholders of the templates, in order: "columns" of its outbox rows
    ignored     text[] not null,                      -- an update of only these properties purges nothing
    columns     jsonb not null,                       -- property -> column, where they differ
    joins       jsonb not null,                       -- reference -> {"table": ..., "on": {column: column there}}
    strict      boolean not null,                     -- a change that can't be captured fails
    tracked_at  timestamptz not null default clock_timestamp()
);

-- The relations that carry triggers: each tracked table, its partitions and its children.
create table lastmile.capture (
    relation    regclass primary key,
    tracked     regclass not null references lastmile.tracked_table on delete cascade,
    function    text not null,                        -- the capture function's name in this schema
    shape       integer not null                      -- pg_class.relnatts of the relation when the function was written
);

-- The columns that a capture function was written for: audit() compares them with the current ones.
create table lastmile.captured_column (
    capture      regclass not null references lastmile.capture on delete cascade,
    relation     regclass not null,                   -- the captured relation, or one that a template refers to
    column_name  text not null,
    type         text not null,
    primary key (capture, relation, column_name)
);

create table lastmile.purge_rule (
    relation  regclass not null references lastmile.tracked_table on delete cascade,
    entity    text not null,
    kind      text not null check (kind in ('key', 'tag')),
    template  text not null,                          -- product:{Id}
    primary key (relation, kind, template)
);

-- Every track() and untrack() replaces the revision in its transaction. A claim reads it in the same snapshot as the changes, so no change
-- is rendered with rules older than its capture. (A sequence would be visible before its commit.) The revision is random because a database
-- restored from a backup would reuse a number, for rules that differ from those in an Invalidator's memory.
create table lastmile.rule_revision (
    revision  uuid not null
);
insert into lastmile.rule_revision values (gen_random_uuid());

-- The identity of this database; a backup contains it. A broker's virtual host carries the purges of one database only.
create table lastmile.identity (
    database  uuid not null
);
insert into lastmile.identity values (gen_random_uuid());

-- Epochs: the Redis primary's runs of sequences. docs/architecture.md defines epoch and watermark.
create table lastmile.epoch (
    epoch       bigint primary key,
    primary_id  text not null,                        -- master_replid of the primary that the epoch was opened on
    opened_at   timestamptz not null default clock_timestamp()
);

-- A new epoch's number must be greater than this: the seconds since 2026. A database restored from a backup does not know its last epochs,
-- and their numbers must not be reused, because regions compare them.
create function lastmile.epoch_floor() returns bigint
language sql volatile set search_path = pg_catalog, pg_temp as $$
    select extract(epoch from clock_timestamp())::bigint - 1767225600
$$;

-- Applied purge batches. They are replayed after a failover, republished after a bus outage, and looked up by id.
create table lastmile.purge_log (
    id            uuid primary key,
    epoch         bigint not null,
    sequence      bigint not null,
    keys          text[] not null,
    tags          text[] not null,
    applied_at    timestamptz not null,
    origins       jsonb not null default '[]',        -- [{"traceParent": ..., "actor": ...}] of its changes, distinct, at most 100
    prefix        text,                               -- the regions' agents drop every key with this prefix
    everything    boolean not null default false,     -- purges the whole cache
    announced_at  timestamptz,                        -- when the bus accepted its PurgeApplied; null: not yet
    double_delete_at timestamptz,                     -- when to purge it again; null: never, or done
    unique (epoch, sequence)
) with (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_insert_scale_factor = 0.05
);
create index purge_log_unannounced on lastmile.purge_log (epoch, sequence) where announced_at is null;
create index purge_log_double_delete on lastmile.purge_log (double_delete_at) where double_delete_at is not null;
create index purge_log_applied_at on lastmile.purge_log using brin (applied_at) with (pages_per_range = 16);

-- The log rejects a batch of an ended epoch: a purge applied to a replaced primary must be applied again on the new one. The Invalidator
-- that opens an epoch holds the lock exclusively, so the log is complete when it is replayed.
create function lastmile.refuse_ended_epoch() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $refuse_ended_epoch$
begin
    -- With one snapshot per transaction, the check below would miss an epoch that commits while this waits for the lock.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'the purge log accepts batches under READ COMMITTED only, but this transaction is %', upper(current_setting('transaction_isolation'))
            using hint = 'Begin it with: begin isolation level read committed.';
    end if;
    perform pg_advisory_xact_lock_shared(hashtextextended('lastmile.epoch', 0));
    -- A separate statement, so that it sees epochs committed during the wait for the lock.
    if exists (select from lastmile.epoch where epoch > new.epoch) then
        raise exception 'the epoch of purge %-% has ended: another primary has taken over', new.epoch, new.sequence
            using errcode = 'LM001', hint = 'Purge it again on the current primary.';
    end if;
    return new;
end
$refuse_ended_epoch$;
create trigger purge_log_epoch before insert on lastmile.purge_log for each row execute function lastmile.refuse_ended_epoch();

-- The newest batch that the log has deleted because of its age. A replay that starts before it is incomplete.
create table lastmile.purge_log_horizon (
    epoch     bigint not null,
    sequence  bigint not null
);
insert into lastmile.purge_log_horizon values (0, 0);

-- The last report of each region. Delete a region's row when you take the region down.
create table lastmile.region (
    region            text primary key,
    topology          text not null,
    verdict           text not null,
    shown_epoch       bigint not null,                -- the watermark in the region's Redis; 0: none
    shown_sequence    bigint not null,
    applied_epoch     bigint not null,                -- the region has applied every purge up to here; 0: not known yet
    applied_sequence  bigint not null,
    reported_at       timestamptz not null default clock_timestamp(),
    silent_since      timestamptz                     -- the last report before a published RegionSilent; null: the region reports
);

-- Episodes of lag, from their alerts. An agent or application that starts during an episode requests it. Ended episodes are kept for a day,
-- for alerts that arrive late.
create table lastmile.region_episode (
    region    text not null,
    episode   uuid not null,
    alert     jsonb not null,                         -- the newest ReplicaLagDetected
    began_at  timestamptz not null,                   -- by the database's clock
    reported_at  timestamptz not null default clock_timestamp(), -- its first alert; only the newest episode may be open
    ended_at  timestamptz,                            -- when its end was received; null: not yet
    primary key (region, episode)
);

-- The stream: a subscriber receives each row when it is committed. Dropping the schema does not drop the publication.
do $$
declare
    published constant text := 'lastmile.outbox (id, entity, relation, kind, columns, rows, row_count, created_at, traceparent, actor)';
begin
    if exists (select from pg_publication where pubname = 'lastmile_outbox') then
        execute format('alter publication lastmile_outbox set table %s', published);
    else
        execute format('create publication lastmile_outbox for table %s with (publish = ''insert'')', published);
    end if;
exception when insufficient_privilege then
    raise warning 'no publication lastmile_outbox: role % may not create or alter it in this database. The Invalidator will poll the outbox instead.', current_user
        using hint = format('Run as the database''s owner: drop publication if exists lastmile_outbox; create publication lastmile_outbox for table %s with (publish = ''insert'');', published);
end
$$;

        $lastmile_v1$;
        insert into lastmile.schema_version (version) values (1);
    end if;

    if installed < 2 then
        execute $lastmile_v2$
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

        $lastmile_v2$;
        insert into lastmile.schema_version (version) values (2);
    end if;

    if installed < 3 then
        execute $lastmile_v3$
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

        $lastmile_v3$;
        insert into lastmile.schema_version (version) values (3);
    end if;

    if installed < 4 then
        execute $lastmile_v4$
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

        $lastmile_v4$;
        insert into lastmile.schema_version (version) values (4);
    end if;

    if installed < 5 then
        execute $lastmile_v5$
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

        $lastmile_v5$;
        insert into lastmile.schema_version (version) values (5);
    end if;

    if installed < 6 then
        execute $lastmile_v6$
-- Grants a role exactly what the Invalidator needs. The stream also needs: alter role ... replication.
create function lastmile.grant_relay(role regrole) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $grant_relay$
begin
    execute format('grant usage on schema lastmile to %s', role);
    execute format('grant select on lastmile.schema_version, lastmile.tracked_table, lastmile.capture, lastmile.captured_column, lastmile.purge_rule, lastmile.rule_revision, lastmile.identity to %s', role);
    -- FOR UPDATE requires the UPDATE privilege on at least one column.
    execute format('grant select, update (id), delete on lastmile.outbox to %s', role);
    execute format('grant select, insert on lastmile.outbox_quarantine to %s', role);
    execute format('grant select, insert, delete, update (announced_at, double_delete_at) on lastmile.purge_log to %s', role);
    execute format('grant select, update on lastmile.purge_log_horizon to %s', role);
    execute format('grant select, insert, update, delete on lastmile.region to %s', role);
    execute format('grant select, insert, update, delete on lastmile.region_episode to %s', role);
    execute format('grant select, insert on lastmile.epoch to %s', role);
end
$grant_relay$;

        $lastmile_v6$;
        insert into lastmile.schema_version (version) values (6);
    end if;

    if installed < 7 then
        execute $lastmile_v7$
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

        $lastmile_v7$;
        insert into lastmile.schema_version (version) values (7);
    end if;

end
$lastmile_install$;
