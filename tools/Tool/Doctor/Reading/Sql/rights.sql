-- The privileges that lastmile.grant_relay() grants and the role lacks. Reads the catalog, which needs no privilege on the schema.
with needed (relation, privilege) as (
    values
        ('schema_version', 'select'), ('tracked_table', 'select'), ('capture', 'select'), ('captured_column', 'select'),
        ('purge_rule', 'select'), ('rule_revision', 'select'), ('identity', 'select'),
        ('outbox', 'select'), ('outbox', 'update'), ('outbox', 'delete'),
        ('outbox_quarantine', 'select'), ('outbox_quarantine', 'insert'),
        ('purge_log', 'select'), ('purge_log', 'insert'), ('purge_log', 'update'), ('purge_log', 'delete'),
        ('purge_log_horizon', 'select'), ('purge_log_horizon', 'update'),
        ('region', 'select'), ('region', 'insert'), ('region', 'update'), ('region', 'delete'),
        ('region_episode', 'select'), ('region_episode', 'insert'), ('region_episode', 'update'), ('region_episode', 'delete'),
        ('epoch', 'select'), ('epoch', 'insert'),
        ('epoch_run', 'select'), ('epoch_run', 'insert'), ('epoch_run', 'delete')
)
select 'usage on schema lastmile'
where not has_schema_privilege('lastmile', 'usage')
union all
select 'usage on sequence lastmile.purge_sequence'
from pg_class
where relname = 'purge_sequence' and relnamespace = 'lastmile'::regnamespace and not has_sequence_privilege(pg_class.oid, 'usage')
union all
select format('%s on lastmile.%s', privilege, relation)
from needed
join pg_class on relname = relation and relnamespace = 'lastmile'::regnamespace
where not case privilege
    when 'delete' then has_table_privilege(pg_class.oid, 'delete')
    -- The Invalidator may update single columns.
    else has_any_column_privilege(pg_class.oid, privilege)
end
