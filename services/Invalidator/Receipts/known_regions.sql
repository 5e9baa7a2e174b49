-- How long ago each was heard by this clock, which wrote when.
select region, topology, verdict, shown_epoch, shown_sequence, applied_epoch, applied_sequence,
    extract(epoch from clock_timestamp() - reported_at)::double precision * 1000
from lastmile.region
