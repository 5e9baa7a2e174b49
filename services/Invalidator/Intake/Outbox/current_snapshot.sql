-- The transactions that a query that begins now can see.
select pg_current_snapshot()::text
