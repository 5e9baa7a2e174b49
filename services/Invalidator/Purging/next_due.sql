-- How long until a second pass is due; nothing while none is to come.
select double_delete_at - clock_timestamp() from lastmile.purge_log where double_delete_at is not null order by double_delete_at limit 1
