-- The outbox rows that capture writes for bulk updates of the given number of rows: a thousand changed rows in each.
insert into lastmile.outbox (entity, kind, columns, rows, row_count)
select 'Product', 'update', '{id}', json_agg(json_build_array(n::text)), count(*) from generate_series(1, $1) n group by (n - 1) / 1000
