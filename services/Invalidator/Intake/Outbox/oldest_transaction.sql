-- The oldest transaction in progress, or the next one to be assigned.
select pg_snapshot_xmin(pg_current_snapshot())::text::bigint
