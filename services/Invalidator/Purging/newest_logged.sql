-- The newest watermark of the log: of its purges, of the expired ones, or the start of the newest epoch.
select epoch, sequence from (
    (select epoch, sequence from lastmile.purge_log order by epoch desc, sequence desc limit 1)
    union all
    select epoch, sequence from lastmile.purge_log_horizon
    union all
    select max(epoch), 0 from lastmile.epoch
) reached
where epoch is not null
order by epoch desc, sequence desc
limit 1
