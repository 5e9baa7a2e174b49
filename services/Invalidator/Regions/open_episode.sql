-- Only the newest episode counts: a region has one at a time, and the end of an earlier one may have been lost.
select alert, clock_timestamp() - began_at
from (select * from lastmile.region_episode where region = $1 order by reported_at desc limit 1) as newest
where ended_at is null
