-- The oracle's own book of what the purge log took, and in which transaction: a purge of a change must be logged by a later transaction than the
-- one that made it. A change of a log row would hide that, its insert does not.
create schema chaos;

create table chaos.logged (
    xid   bigint not null,
    names text[] not null     -- keys, and tags as 'tag …'
);

create function chaos.note() returns trigger
language plpgsql security definer set search_path = pg_catalog as $note$
begin
    insert into chaos.logged values (pg_current_xact_id()::text::bigint, new.keys || (select coalesce(array_agg('tag ' || tag), '{}') from unnest(new.tags) as tag));
    return null;
end
$note$;

create trigger chaos_note after insert on lastmile.purge_log for each row execute function chaos.note();

-- Stands for a disk without room: nobody needs to fill one.
create function chaos.refuse() returns trigger
language plpgsql as $refuse$
begin
    raise exception 'could not extend file: No space left on device' using errcode = 'disk_full', hint = 'Check free disk space.';
end
$refuse$;

-- What changes there is for the application to publish.
select lastmile.untrack('categories');
