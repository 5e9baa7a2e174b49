-- The end of an earlier one may have been lost: a region has one episode at a time.
select alert, clock_timestamp() - began_at
from (select * from lastmile.region_episode where region = $1 order by reported_at desc limit 1) as newest
where ended_at is null
