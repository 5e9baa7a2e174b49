-- The outbox rows that capture writes for the given number of single-row updates.
insert into lastmile.outbox (entity, kind, columns, rows, row_count)
select 'Product', 'update', '{id}', json_build_array(json_build_array(n::text)), 1 from generate_series(1, $1) n
