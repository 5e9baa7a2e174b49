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
    /*versions*/
end
$lastmile_install$;
