-- Takes the oldest rows that nobody else has: at most $1 rows, and about $2 entities in them; of rows with at most $6 entities those
-- that are not of the last $5, as the stream takes them sooner. They are gone when the transaction commits, and back when it does not.
-- Arrays of several dimensions and times beyond those of .NET are bent to what the relay can read, and no more is read of a trace than
-- $3 characters, of an actor than $4: anybody may have written the row, and one that can't be read would block the rest.
with locked as materialized (
    select ctid, row_count
    from lastmile.outbox
    where row_count > $6 or created_at not between now() - $5 and now() + $5
    order by id
    limit $1
    for update skip locked
), taken as (
    -- In the order in which they were locked: to say so would sort them once more.
    select ctid, sum(row_count) over (rows unbounded preceding) - row_count as before
    from locked
)
delete from lastmile.outbox
where ctid = any (array(select ctid from taken where before < $2))
returning
    id, entity, kind, case when array_ndims(columns) > 1 then array(select unnest(columns)) else columns end, rows,
    least(greatest(created_at, '0001-01-02 00:00Z'), '9999-12-30 00:00Z'),
    left(traceparent, $3), left(actor, $4), row_count,
    (select revision from lastmile.rule_revision)
