-- The WAL that the server keeps for a slot, in bytes, and the oldest transaction in progress: while it is open, the slot releases no WAL.
select coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint, pg_snapshot_xmin(pg_current_snapshot())::text::bigint
from pg_replication_slots
where slot_name = $1
