-- Which transactions a query sees from now on.
select pg_current_snapshot()::text
