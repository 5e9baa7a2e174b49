-- Changes that wait to be purged. The relay deletes each row after its purge, usually within milliseconds.
-- Only the JSON is validated here: the relay quarantines a row that it can't parse, so the writer does not fail.
create table lastmile.outbox (
    id          bigint generated always as identity primary key,
    entity      text not null,                        -- the entity's name in the purge rules
    relation    text,                                 -- tracked_table.name; null: inserted by hand, for every rule of the entity
    kind        text not null,                        -- insert, update, delete; truncate, unresolved, failure: purge the entity's tag
    columns     text[] not null,                      -- names of the values in each row of "rows"
    rows        json not null,                        -- [["7","blue-shoe"],["8",null]]: at most 1,000 rows of text or null
    row_count   integer not null,                     -- length of "rows": bounds a claim without parsing the JSON
    xid         xid8 not null default pg_current_xact_id(),
    created_at  timestamptz not null default clock_timestamp(),
    traceparent text default nullif(current_setting('lastmile.traceparent', true), ''),  -- the writer's trace, as W3C Trace Context
    actor       text default nullif(current_setting('lastmile.actor', true), '')         -- the user or job that the writer named
) with (
    -- Vacuum at full speed after every thousand dead rows, because each claim has to skip them.
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 100000
);

-- Rows that the relay could not process, and the reason. Operators requeue() or delete them.
create table lastmile.outbox_quarantine (
    id              bigint generated always as identity primary key,
    outbox_id       bigint not null,
    entity          text not null,
    relation        text,
    kind            text not null,
    columns         text[] not null,
    rows            json not null,
    created_at      timestamptz not null,
    reason          text not null,
    quarantined_at  timestamptz not null default clock_timestamp()
);

-- The arguments of track(), one row per tracked table. retrack() rebuilds the capture from them.
create table lastmile.tracked_table (
    relation    regclass primary key,
    name        text not null,                        -- the relation's name when track() was called: "relation" of its outbox rows
    entity      text not null,
    properties  text[] not null,                      -- the placeholders of the templates, in order: "columns" of its outbox rows
    ignored     text[] not null,                      -- an update of only these properties purges nothing
    columns     jsonb not null,                       -- property -> column, where they differ
    joins       jsonb not null,                       -- reference -> {"table": ..., "on": {column: column there}}
    strict      boolean not null,                     -- a change that can't be captured fails
    tracked_at  timestamptz not null default clock_timestamp()
);

-- The relations that carry triggers: each tracked table, its partitions and its children.
create table lastmile.capture (
    relation    regclass primary key,
    tracked     regclass not null references lastmile.tracked_table on delete cascade,
    function    text not null,                        -- the capture function's name in this schema
    shape       integer not null                      -- pg_class.relnatts of the relation when the function was written
);

-- The columns that a capture function was written for: audit() compares them with the current ones.
create table lastmile.captured_column (
    capture      regclass not null references lastmile.capture on delete cascade,
    relation     regclass not null,                   -- the captured relation, or one that a template refers to
    column_name  text not null,
    type         text not null,
    primary key (capture, relation, column_name)
);

create table lastmile.purge_rule (
    relation  regclass not null references lastmile.tracked_table on delete cascade,
    entity    text not null,
    kind      text not null check (kind in ('key', 'tag')),
    template  text not null,                          -- product:{Id}
    primary key (relation, kind, template)
);

-- Every track() and untrack() replaces the revision in its transaction. A claim reads it in the same snapshot as the changes, so no change
-- is rendered with rules older than its capture. (A sequence would be visible before its commit.) The revision is random because a database
-- restored from a backup would reuse a number, for rules that differ from those in an Invalidator's memory.
create table lastmile.rule_revision (
    revision  uuid not null
);
insert into lastmile.rule_revision values (gen_random_uuid());

-- The identity of this database; a backup contains it. A broker's virtual host carries the purges of one database only.
create table lastmile.identity (
    database  uuid not null
);
insert into lastmile.identity values (gen_random_uuid());

-- Epochs: the Redis primary's runs of sequences. docs/architecture.md defines epoch and watermark.
create table lastmile.epoch (
    epoch       bigint primary key,
    primary_id  text not null,                        -- master_replid of the primary that the epoch was opened on
    opened_at   timestamptz not null default clock_timestamp()
);

-- A new epoch's number must be greater than this: the seconds since 2026. A database restored from a backup does not know its last epochs,
-- and their numbers must not be reused, because regions compare them.
create function lastmile.epoch_floor() returns bigint
language sql volatile set search_path = pg_catalog, pg_temp as $$
    select extract(epoch from clock_timestamp())::bigint - 1767225600
$$;

-- Applied purge batches. They are replayed after a failover, republished after a bus outage, and looked up by id.
create table lastmile.purge_log (
    id            uuid primary key,
    epoch         bigint not null,
    sequence      bigint not null,
    keys          text[] not null,
    tags          text[] not null,
    applied_at    timestamptz not null,
    origins       jsonb not null default '[]',        -- [{"traceParent": ..., "actor": ...}] of its changes, distinct, at most 100
    prefix        text,                               -- the regions' agents drop every key with this prefix
    everything    boolean not null default false,     -- purges the whole cache
    announced_at  timestamptz,                        -- when the bus accepted its PurgeApplied; null: not yet
    double_delete_at timestamptz,                     -- when to purge it again; null: never, or done
    unique (epoch, sequence)
) with (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_insert_scale_factor = 0.05
);
create index purge_log_unannounced on lastmile.purge_log (epoch, sequence) where announced_at is null;
create index purge_log_double_delete on lastmile.purge_log (double_delete_at) where double_delete_at is not null;
create index purge_log_applied_at on lastmile.purge_log using brin (applied_at) with (pages_per_range = 16);

-- The log rejects a batch of an ended epoch: a purge applied to a replaced primary must be applied again on the new one. The Invalidator
-- that opens an epoch holds the lock exclusively, so the log is complete when it is replayed.
create function lastmile.refuse_ended_epoch() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $refuse_ended_epoch$
begin
    -- With one snapshot per transaction, the check below would miss an epoch that commits while this waits for the lock.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'the purge log accepts batches under READ COMMITTED only, but this transaction is %', upper(current_setting('transaction_isolation'))
            using hint = 'Begin it with: begin isolation level read committed.';
    end if;
    perform pg_advisory_xact_lock_shared(hashtextextended('lastmile.epoch', 0));
    -- A separate statement, so that it sees epochs committed during the wait for the lock.
    if exists (select from lastmile.epoch where epoch > new.epoch) then
        raise exception 'the epoch of purge %-% has ended: another primary has taken over', new.epoch, new.sequence
            using errcode = 'LM001', hint = 'Purge it again on the current primary.';
    end if;
    return new;
end
$refuse_ended_epoch$;
create trigger purge_log_epoch before insert on lastmile.purge_log for each row execute function lastmile.refuse_ended_epoch();

-- The newest batch that the log has deleted because of its age. A replay that starts before it is incomplete.
create table lastmile.purge_log_horizon (
    epoch     bigint not null,
    sequence  bigint not null
);
insert into lastmile.purge_log_horizon values (0, 0);

-- The last report of each region. Delete a region's row when you take the region down.
create table lastmile.region (
    region            text primary key,
    topology          text not null,
    verdict           text not null,
    shown_epoch       bigint not null,                -- the watermark in the region's Redis; 0: none
    shown_sequence    bigint not null,
    applied_epoch     bigint not null,                -- the region has applied every purge up to here; 0: not known yet
    applied_sequence  bigint not null,
    reported_at       timestamptz not null default clock_timestamp(),
    silent_since      timestamptz                     -- the last report before a published RegionSilent; null: the region reports
);

-- Episodes of lag, from their alerts. An agent or application that starts during an episode requests it. Ended episodes are kept for a day,
-- for alerts that arrive late.
create table lastmile.region_episode (
    region    text not null,
    episode   uuid not null,
    alert     jsonb not null,                         -- the newest ReplicaLagDetected
    began_at  timestamptz not null,                   -- by the database's clock
    reported_at  timestamptz not null default clock_timestamp(), -- its first alert; only the newest episode may be open
    ended_at  timestamptz,                            -- when its end was received; null: not yet
    primary key (region, episode)
);

-- The stream: a subscriber receives each row when it is committed. Dropping the schema does not drop the publication.
do $$
declare
    published constant text := 'lastmile.outbox (id, entity, relation, kind, columns, rows, row_count, created_at, traceparent, actor)';
begin
    if exists (select from pg_publication where pubname = 'lastmile_outbox') then
        execute format('alter publication lastmile_outbox set table %s', published);
    else
        execute format('create publication lastmile_outbox for table %s with (publish = ''insert'')', published);
    end if;
exception when insufficient_privilege then
    raise warning 'no publication lastmile_outbox: role % may not create or alter it in this database. The Invalidator will poll the outbox instead.', current_user
        using hint = format('Run as the database''s owner: drop publication if exists lastmile_outbox; create publication lastmile_outbox for table %s with (publish = ''insert'');', published);
end
$$;
