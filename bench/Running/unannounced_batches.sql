select (select count(*) from lastmile.outbox) + (select count(*) from lastmile.purge_log where announced_at is null)
