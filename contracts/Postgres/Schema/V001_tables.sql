-- Changes that wait to be purged. Rows live for milliseconds: the relay deletes what it has purged.
-- Nothing here is checked but the JSON: a row that can't be understood is the relay's to quarantine, not the writer's to fail on.
create table lastmile.outbox (
    id          bigint generated always as identity primary key,
    entity      text not null,                        -- as the purge rules name it
    relation    text,                                 -- the tracked table, as tracked_table.name has it; null: by hand, for every rule of the entity
    kind        text not null,                        -- insert, update, delete; truncate, unresolved: purge the entity's tag; failure: that and why
    columns     text[] not null,                      -- names of the values in each row of "rows"
    rows        json not null,                        -- [["7","blue-shoe"],["8",null]]: at most 1,000 rows of text or null
    row_count   integer not null,                     -- length of "rows", so that a claim can be bounded without parsing
    xid         xid8 not null default pg_current_xact_id(),
    created_at  timestamptz not null default clock_timestamp(),
    traceparent text default nullif(current_setting('lastmile.traceparent', true), ''),  -- the writer's trace, as W3C Trace Context says
    actor       text default nullif(current_setting('lastmile.actor', true), '')         -- who the writer says changed it
) with (
    -- Every row dies young: vacuum after a thousand of them, at full speed, or each claim wades through the dead.
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 100000
);

-- Rows that the relay could not understand, and why. A person reads them; nothing else does.
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

-- What was declared by track(), one row per tracked table; retrack() builds the capture again from it.
create table lastmile.tracked_table (
    relation    regclass primary key,
    name        text not null,                        -- the relation's, when it was declared: "relation" of its outbox rows
    entity      text not null,
    properties  text[] not null,                      -- what the templates name, in order: "columns" of its outbox rows
    ignored     text[] not null,                      -- properties whose change alone purges nothing
    columns     jsonb not null,                       -- property -> column, where they differ
    joins       jsonb not null,                       -- reference -> {"table": ..., "on": {column: column there}}
    strict      boolean not null,                     -- a change that can't be captured fails
    tracked_at  timestamptz not null default clock_timestamp()
);

-- The relations that carry triggers: each tracked table, its partitions and its children.
create table lastmile.capture (
    relation    regclass primary key,
    tracked     regclass not null references lastmile.tracked_table on delete cascade,
    function    text not null,                        -- its name in this schema
    shape       integer not null                      -- pg_class.relnatts of the relation when the function was written
);

-- What a capture function was written for: audit() finds what has been renamed, retyped or dropped since.
create table lastmile.captured_column (
    capture      regclass not null references lastmile.capture on delete cascade,
    relation     regclass not null,                   -- the captured one itself, or one that a template refers to
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

-- Another one after every track() and untrack(), in their transaction. A claim reads it in the snapshot that shows it the changes,
-- so no change is ever rendered by rules older than its capture. (A sequence would not do: it shows before its commit.) No number, which a
-- database that is restored from a backup would use again, for other rules than an Invalidator has in memory.
create table lastmile.rule_revision (
    revision  uuid not null
);
insert into lastmile.rule_revision values (gen_random_uuid());

-- The identity of this database: a broker's virtual host carries the purges of one. A backup contains it.
create table lastmile.identity (
    database  uuid not null
);
insert into lastmile.identity values (gen_random_uuid());

-- Runs of sequences of the Redis primary; see the words of the design: epoch, watermark.
create table lastmile.epoch (
    epoch       bigint primary key,
    primary_id  text not null,                        -- master_replid of the primary that the epoch was opened on
    opened_at   timestamptz not null default clock_timestamp()
);

-- Below the number of an epoch that begins now: the seconds since 2026. A database that was restored from a backup has forgotten its last epochs,
-- and their numbers must not be used again for other purges: regions compare them.
create function lastmile.epoch_floor() returns bigint
language sql volatile set search_path = pg_catalog, pg_temp as $$
    select extract(epoch from clock_timestamp())::bigint - 1767225600
$$;

-- What was purged, one row per batch. Replayed after a failover, republished after a bus outage, looked up by id.
create table lastmile.purge_log (
    id            uuid primary key,
    epoch         bigint not null,
    sequence      bigint not null,
    keys          text[] not null,
    tags          text[] not null,
    applied_at    timestamptz not null,
    origins       jsonb not null default '[]',        -- [{"traceParent": ..., "actor": ...}]: of the changes in it, distinct, at most 100
    prefix        text,                               -- every key that begins with it is dropped, by the regions' agents
    everything    boolean not null default false,     -- the whole cache is dropped
    announced_at  timestamptz,                        -- when the bus took its PurgeApplied; null: not yet
    double_delete_at timestamptz,                       -- when to purge it once more; null: not, or done
    unique (epoch, sequence)
) with (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_insert_scale_factor = 0.05
);
create index purge_log_unannounced on lastmile.purge_log (epoch, sequence) where announced_at is null;
create index purge_log_double_delete on lastmile.purge_log (double_delete_at) where double_delete_at is not null;
create index purge_log_applied_at on lastmile.purge_log using brin (applied_at) with (pages_per_range = 16);

-- The log takes no batch of an epoch that has ended: what was purged on a primary that has been replaced since is to be purged on the new
-- one. Who opens an epoch holds the lock alone, so that the log is complete when it is replayed.
create function lastmile.refuse_ended_epoch() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $refuse_ended_epoch$
begin
    -- Under a snapshot of its own no statement sees what was committed since, whatever lock it waits for.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'the purge log takes batches under READ COMMITTED only, and this transaction is %', upper(current_setting('transaction_isolation'))
            using hint = 'Begin it as: begin isolation level read committed.';
    end if;
    perform pg_advisory_xact_lock_shared(hashtextextended('lastmile.epoch', 0));
    -- By a statement of its own, which sees what was committed while the lock was waited for.
    if exists (select from lastmile.epoch where epoch > new.epoch) then
        raise exception 'the purge %-% is of an epoch that has ended: another primary has taken over', new.epoch, new.sequence
            using errcode = 'LM001', hint = 'Purge it again, on the current primary.';
    end if;
    return new;
end
$refuse_ended_epoch$;
create trigger purge_log_epoch before insert on lastmile.purge_log for each row execute function lastmile.refuse_ended_epoch();

-- The newest batch that has left the log by age: a replay from before it can't be complete.
create table lastmile.purge_log_horizon (
    epoch     bigint not null,
    sequence  bigint not null
);
insert into lastmile.purge_log_horizon values (0, 0);

-- The regions whose agents were ever heard, and how they stand; who takes a region down deletes its row.
create table lastmile.region (
    region            text primary key,
    topology          text not null,
    verdict           text not null,
    shown_epoch       bigint not null,                -- of the watermark that its Redis shows; 0: none
    shown_sequence    bigint not null,
    applied_epoch     bigint not null,                -- up to where its agent knows that all is done; 0: nothing yet
    applied_sequence  bigint not null,
    reported_at          timestamptz not null default clock_timestamp(),
    silent_since      timestamptz                     -- since when nothing is heard, once that was told; null: it is heard
);

-- Episodes, as their alerts told: an agent or an application that starts inside one asks. One that has ended is kept a day, for alerts that come late.
create table lastmile.region_episode (
    region    text not null,
    episode   uuid not null,
    alert     jsonb not null,                         -- the newest ReplicaLagDetected
    began_at  timestamptz not null,                   -- by this clock
    reported_at  timestamptz not null default clock_timestamp(), -- of first; the newest is the one that may be open
    ended_at  timestamptz,                            -- when its end was heard; null: not yet
    primary key (region, episode)
);

-- The stream: a subscriber receives each row as it is committed. A publication outlives the schema that it was made for.
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
    raise warning 'no publication lastmile_outbox: % may not create or change one in this database. The Invalidator will poll the outbox instead of being woken.', current_user
        using hint = format('As the database''s owner: drop publication if exists lastmile_outbox; create publication lastmile_outbox for table %s with (publish = ''insert'');', published);
end
$$;
