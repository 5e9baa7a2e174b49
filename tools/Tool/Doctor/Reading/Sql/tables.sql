-- Counts at most 100,000 rows: an exact larger number is not worth its cost.
select
    (select count(*) from lastmile.tracked_table),
    count(*),
    coalesce(clock_timestamp() - min(created_at), interval '0'),
    (select count(*) from (select from lastmile.outbox_quarantine limit 100000) quarantined)
from (select created_at from lastmile.outbox limit 100000) waiting
