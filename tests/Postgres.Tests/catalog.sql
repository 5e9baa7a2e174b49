-- Everything that makes up the schema lastmile, one line each, in a form that two databases share.
with own as (
    select oid, relname, relkind, relacl, reloptions from pg_class where relnamespace = 'lastmile'::regnamespace
)
select line from (
    select format('%s %s: %s %s', relkind, relname, relacl::text, reloptions::text) from own where relkind in ('r', 'v', 'S')
    union all
    select format('column %s.%s: %s %s %s %s', relname, attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid), attacl::text)
    from own join pg_attribute on attrelid = own.oid and attnum > 0 and not attisdropped left join pg_attrdef on adrelid = own.oid and adnum = attnum
    where relkind = 'r'
    union all
    select format('constraint %s.%s: %s', relname, conname, pg_get_constraintdef(pg_constraint.oid)) from own join pg_constraint on conrelid = own.oid
    union all
    select format('index %s: %s', relname, pg_get_indexdef(oid)) from own where relkind = 'i'
    union all
    select format('trigger %s: %s', relname, pg_get_triggerdef(pg_trigger.oid)) from own join pg_trigger on tgrelid = own.oid and not tgisinternal
    union all
    select format('function %s: %s', proacl::text, pg_get_functiondef(oid)) from pg_proc
    where pronamespace = 'lastmile'::regnamespace and proname not in (select function from lastmile.capture)
    union all
    select format('publication %s %s: %s', pubname, tablename, attnames) from pg_publication_tables where schemaname = 'lastmile'
    union all
    select format('schema: %s', nspacl::text) from pg_namespace where nspname = 'lastmile'
    union all
    select format('version %s', version) from lastmile.schema_version
) catalog (line)
order by line collate "C"
