-- Claims the oldest rows that no other session has locked: at most $1 rows, and about $2 entities and $7 bytes. Leaves rows with at most $6
-- entities to the stream while their time is within $5 of now. A commit deletes the claimed rows; a rollback returns them. Rows may come
-- from any writer, and an unreadable one must not block the rest. Text is therefore sent as bytes in the encoding $10, because an SQL_ASCII
-- database holds text that it could not send. Column names are joined with U+001F, which no template can contain. Times are limited to
-- .NET's range, traces to $3 characters and actors to $4. Values longer than capture writes are replaced by their length.
with locked as materialized (
    -- Capture writes at most a thousand entities into a row. Without this limit, rows with false counts would each fill a claim.
    select ctid, least(greatest(row_count, 0), 1000) as row_count, octet_length(rows::text) as bytes
    from lastmile.outbox
    where row_count > $6 or created_at not between now() - $5 and now() + $5
    order by id
    limit $1
    for update skip locked
), taken as (
    -- Relies on the order of locking: an explicit order would sort the rows again.
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
    case
        when octet_length(rows::text) > $7 then convert_to('"... of ' || octet_length(rows::text) || ' bytes"', $10)
        else convert_to(rows::text, $10)
    end,
    least(greatest(created_at, '0001-01-02 00:00Z'), '9999-12-30 00:00Z'),
    convert_to(left(traceparent, $3), $10), convert_to(left(actor, $4), $10), least(greatest(row_count, 0), 1000), octet_length(rows::text),
    (select revision from lastmile.rule_revision)
