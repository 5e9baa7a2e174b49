-- Records reports in a fixed order, so that Invalidators don't deadlock. Returns the regions that had been reported as silent.
with recorded as (
    insert into lastmile.region (region, topology, verdict, shown_epoch, shown_sequence, applied_epoch, applied_sequence)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[]) report (region)
    order by region
    on conflict (region) do update
        set (topology, verdict, shown_epoch, shown_sequence, applied_epoch, applied_sequence, reported_at)
            = (excluded.topology, excluded.verdict, excluded.shown_epoch, excluded.shown_sequence,
               excluded.applied_epoch, excluded.applied_sequence, excluded.reported_at)
    returning region, silent_since
)
select region from recorded where silent_since is not null
