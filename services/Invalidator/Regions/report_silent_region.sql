-- When several Invalidators find a region silent, one of them reports it. The others skip the locked row, and later see it as reported.
update lastmile.region known
set silent_since = known.reported_at
from (select region from lastmile.region where silent_since is null and reported_at < clock_timestamp() - $1 for update skip locked) silent
where known.region = silent.region
returning known.region, known.silent_since
