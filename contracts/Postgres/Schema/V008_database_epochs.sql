-- Without a Redis primary, the database numbers the purges: see docs/adr/0021-epochs-from-the-database.md.
create sequence lastmile.purge_sequence;

-- The epoch that this run of the server opened. Unlogged: PostgreSQL empties the table when it recovers from a crash, promotes a standby or
-- starts from a copy of a running server, and each of them may have lost purges that regions have applied.
create unlogged table lastmile.epoch_run (
    epoch  bigint primary key,
    run    text not null,                             -- server_run() of the server that opened it
    base   bigint not null                            -- purge_sequence when it was opened: the next value is its sequence 1
);

-- The database and the start of its server. A copy that was made while the server was stopped still holds epoch_run, but is started later.
create function lastmile.server_run() returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select format('postgres:%s:%s', oid, extract(epoch from pg_postmaster_start_time())) from pg_database where datname = current_database()
$$;

-- The log rejects a batch of an ended epoch: a purge applied to a replaced primary must be applied again on the new one. The Invalidator
-- that opens an epoch holds the lock exclusively, so the log is complete when it is replayed. A batch without a sequence gets the next one,
-- if this run of the server opened its epoch: a pooled connection may lead to another run without notice.
create or replace function lastmile.refuse_ended_epoch() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $refuse_ended_epoch$
declare
    preceding bigint;
begin
    -- With one snapshot per transaction, the checks below would miss an epoch that commits while this waits for the lock.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'the purge log accepts batches under READ COMMITTED only, but this transaction is %', upper(current_setting('transaction_isolation'))
            using hint = 'Begin it with: begin isolation level read committed.';
    end if;
    perform pg_advisory_xact_lock_shared(hashtextextended('lastmile.epoch', 0));
    -- A separate statement, so that it sees epochs committed during the wait for the lock.
    if exists (select from lastmile.epoch where epoch > new.epoch) then
        raise exception 'the epoch of purge %-% has ended: another one was opened', new.epoch, coalesce(new.sequence::text, '?')
            using errcode = 'LM001', hint = 'Purge it again in the current epoch.';
    end if;
    if new.sequence is null then
        select base into preceding from lastmile.epoch_run where epoch = new.epoch and run = lastmile.server_run();
        if not found then
            raise exception 'epoch % has ended: the server has restarted, or another server or copy has replaced it', new.epoch
                using errcode = 'LM001', hint = 'Open an epoch, and purge it again there.';
        end if;
        -- Under the lock, so that a reader of the log can wait for every smaller sequence that may still be committed.
        new.sequence := nextval('lastmile.purge_sequence') - preceding;
    end if;
    return new;
end
$refuse_ended_epoch$;

-- Whether the database may have made the purge. False proves that it lost purges: it was restored from a backup, or a standby that lacked
-- the last commits was promoted. Epochs of a Redis primary prove nothing, because a primary's last sequences may never have been logged.
create function lastmile.remembers(asked_epoch bigint, asked_sequence bigint) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $remembers$
    with opened as (
        select primary_id like 'postgres:%' as by_database from lastmile.epoch where epoch = asked_epoch
    ), newest as (
        select primary_id like 'postgres:%' as by_database from lastmile.epoch order by epoch desc limit 1
    ), logged as (
        select max(sequence) as sequence from lastmile.purge_log where epoch = asked_epoch
        union all
        select case when epoch = asked_epoch then sequence else 9223372036854775807 end from lastmile.purge_log_horizon where epoch >= asked_epoch
    )
    select case
        when asked_epoch < 1 then true
        when not exists (select from opened) then not coalesce((select by_database from newest), false)
        when not (select by_database from opened) then true
        else asked_sequence <= coalesce((select max(sequence) from logged), 0)
    end
$remembers$;

-- Grants a role exactly what the Invalidator needs. The stream also needs: alter role ... replication.
create or replace function lastmile.grant_relay(role regrole) returns void
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
    execute format('grant select, insert, delete on lastmile.epoch_run to %s', role);
    execute format('grant usage on sequence lastmile.purge_sequence to %s', role);
end
$grant_relay$;

-- The roles that already relay need the new grants.
do $$
declare
    relay regrole;
begin
    for relay in
        select distinct grantee::regrole from pg_class, aclexplode(relacl)
        where pg_class.oid = 'lastmile.purge_log'::regclass and privilege_type = 'INSERT' and grantee not in (0, relowner)
    loop
        perform lastmile.grant_relay(relay);
    end loop;
end
$$;
