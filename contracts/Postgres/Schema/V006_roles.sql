-- Grants a role exactly what the Invalidator needs. The stream also needs: alter role ... replication.
create function lastmile.grant_relay(role regrole) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $grant_relay$
begin
    execute format('grant usage on schema lastmile to %s', role);
    execute format('grant select on lastmile.schema_version, lastmile.tracked_table, lastmile.capture, lastmile.captured_column, lastmile.purge_rule, lastmile.rule_revision, lastmile.identity to %s', role);
    -- FOR UPDATE requires the UPDATE privilege on at least one column.
    execute format('grant select, update (id), delete on lastmile.outbox to %s', role);
    execute format('grant select, insert on lastmile.outbox_quarantine to %s', role);
    execute format('grant select, insert, delete, update (announced_at, double_delete_at) on lastmile.purge_log to %s', role);
    execute format('grant select, update on lastmile.purge_log_horizon to %s', role);
    execute format('grant select, insert, update, delete on lastmile.region to %s', role);
    execute format('grant select, insert, update, delete on lastmile.region_episode to %s', role);
    execute format('grant select, insert on lastmile.epoch to %s', role);
end
$grant_relay$;
