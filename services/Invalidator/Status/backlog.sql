-- Counts no further than 100,000: beyond that the number matters less than the cost.
select count(*), min(created_at), (select count(*) from (select from lastmile.outbox_quarantine limit 100000) quarantined)
from (select created_at from lastmile.outbox limit 100000) waiting
