-- How long until a second pass is due; nothing while none is to come.
select second_pass_at - clock_timestamp() from lastmile.purge_log where second_pass_at is not null order by second_pass_at limit 1
