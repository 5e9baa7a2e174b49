-- The age of each report, by the same clock that set reported_at.
select region, topology, verdict, shown_epoch, shown_sequence, applied_epoch, applied_sequence,
    extract(epoch from clock_timestamp() - reported_at)::double precision * 1000
from lastmile.region
