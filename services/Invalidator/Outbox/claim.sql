-- Takes the oldest rows that nobody else has: at most $1 rows, and about $2 entities and $7 bytes in them; of rows with at most $6 entities those
-- that are not of the last $5, as the stream takes them sooner. They are gone when the transaction commits, and back when it does not.
-- Anybody may have written the row, and one that can't be read would block the rest. So texts go as bytes, in the encoding $10: a database of
-- SQL_ASCII holds texts that it would not send. The names of columns go as one, with U+001F between them, which no template holds; times
-- beyond those of .NET are brought within; no more is read of a trace than $3 characters, of an actor than $4; and of what is longer than
-- capture writes only the length.
with locked as materialized (
    -- Capture writes a thousand entities into a row at the most, whatever one says of itself: or a few that lie would have claims of one row each.
    select ctid, least(greatest(row_count, 0), 1000) as row_count, octet_length(rows::text) as bytes
    from lastmile.outbox
    where row_count > $6 or created_at not between now() - $5 and now() + $5
    order by id
    limit $1
    for update skip locked
), taken as (
    -- In the order in which they were locked: to say so would sort them once more.
    select ctid, sum(row_count) over preceding - row_count as before, sum(bytes) over preceding - bytes as bytes_before
    from locked
    window preceding as (rows unbounded preceding)
)
delete from lastmile.outbox
where ctid = any (array(select ctid from taken where before < $2 and bytes_before < $7))
returning
    id,
    convert_to(left(entity, $8), $10), convert_to(left(relation, $8), $10), convert_to(left(kind, $8), $10),
    case
        when pg_column_size(columns) > $9 then convert_to('... of ' || cardinality(columns) || ' names', $10)
        else convert_to(array_to_string(columns, chr(31), 'null'), $10)
    end,
    case when octet_length(rows::text) > $7 then convert_to('"... of ' || octet_length(rows::text) || ' bytes"', $10) else convert_to(rows::text, $10) end,
    least(greatest(created_at, '0001-01-02 00:00Z'), '9999-12-30 00:00Z'),
    convert_to(left(traceparent, $3), $10), convert_to(left(actor, $4), $10), least(greatest(row_count, 0), 1000), octet_length(rows::text),
    (select revision from lastmile.rule_revision)
