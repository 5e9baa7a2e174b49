-- Returns the open episodes of a region, the newest first. A region has one at a time, unless an agent has taken over without the response
-- to its request, or an end was lost.
select alert, clock_timestamp() - began_at, is_newest
from (
    select *, row_number() over (order by reported_at desc) = 1 as is_newest
    from lastmile.region_episode
    where region = $1
) as known
where ended_at is null
order by reported_at desc
