-- Asked from another database, so that the question itself is not counted. A backend tells its count once a second.
select xact_commit + xact_rollback from pg_stat_database where datname = 'lastmile'
