-- The oracle's own record of inserts into the purge log and their transactions: a change's purge must be logged by a later transaction than
-- the change itself. A later update of a log row would hide the first transaction, so only inserts are recorded.
create schema chaos;

create table chaos.logged (
    xid   bigint not null,
    names text[] not null     -- keys, and tags as 'tag …'
);

create function chaos.note() returns trigger
language plpgsql security definer set search_path = pg_catalog as $note$
begin
    insert into chaos.logged values (
        pg_current_xact_id()::text::bigint,
        new.keys || (select coalesce(array_agg('tag ' || tag), '{}') from unnest(new.tags) as tag));
    return null;
end
$note$;

create trigger chaos_note after insert on lastmile.purge_log for each row execute function chaos.note();

-- Simulates a full disk.
create function chaos.refuse() returns trigger
language plpgsql as $refuse$
begin
    raise exception 'could not extend file: No space left on device' using errcode = 'disk_full', hint = 'Check free disk space.';
end
$refuse$;

-- The application publishes the changes of categories.
select lastmile.untrack('categories');
