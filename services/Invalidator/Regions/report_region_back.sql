update lastmile.region known
set silent_since = null
from (select region, silent_since from lastmile.region where region = any ($1) and silent_since is not null for update skip locked) silent
where known.region = silent.region
returning known.region, known.reported_at - silent.silent_since
