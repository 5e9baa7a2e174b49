-- The oldest transaction in progress, or the next one to come.
select pg_snapshot_xmin(pg_current_snapshot())::text::bigint
