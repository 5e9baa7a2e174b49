-- The time until the next delayed double delete is due; no row if none is pending.
select double_delete_at - clock_timestamp() from lastmile.purge_log where double_delete_at is not null order by double_delete_at limit 1
