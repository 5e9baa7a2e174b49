-- The server's settings, the role's attributes, and the slot $1 of the Invalidator's stream.
select
    current_setting('server_version_num')::int, current_setting('server_version'), current_setting('wal_level'), pg_is_in_recovery(),
    rolreplication or rolsuper, rolsuper,
    current_setting('max_replication_slots')::int, (select count(*)::int from pg_replication_slots),
    current_setting('max_wal_senders')::int, (select count(*)::int from pg_stat_activity where backend_type = 'walsender'),
    (select setting::bigint from pg_settings where name = 'max_slot_wal_keep_size'),
    coalesce(slot.active, false),
    coalesce(case when pg_is_in_recovery() then 0 else pg_wal_lsn_diff(pg_current_wal_lsn(), slot.restart_lsn) end, 0)::bigint,
    exists (select from pg_publication where pubname = $2),
    exists (select from pg_namespace where nspname = 'lastmile'),
    pg_backend_pid(), clock_timestamp()
from pg_roles
left join pg_replication_slots slot on slot.slot_name = $1
where rolname = current_user
