-- Transactions that have written, oldest first. The start of another role's transaction is visible only with pg_read_all_stats. Prepared
-- transactions are visible to every role.
select pid, clock_timestamp() - xact_start from pg_stat_activity where backend_xid is not null and datname = current_database()
union all
select 0, clock_timestamp() - prepared from pg_prepared_xacts where database = current_database()
order by 2 desc
limit 10
