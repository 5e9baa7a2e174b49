-- Run from another database, so that this query is not counted. A backend reports its counts once per second.
select xact_commit + xact_rollback from pg_stat_database where datname = 'lastmile'
