-- How long until a second pass is due; null while none is to come.
select min(second_pass_at) - clock_timestamp() from lastmile.purge_log where second_pass_at is not null
