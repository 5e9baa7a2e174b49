-- Inserts 20 categories and {0} products, each into an empty table only.
insert into categories (id, name)
select n, 'Category ' || n from generate_series(1, 20) n
where not exists (select from categories);

insert into products (id, slug, name, price, category_id)
select n, 'product-' || n, 'Product ' || n, 1 + (n * 37 % 10000) / 100.0, 1 + n % 20 from generate_series(1, {0}) n
where not exists (select from products);

select setval(pg_get_serial_sequence('categories', 'id'), greatest(1, (select max(id) from categories))),
       setval(pg_get_serial_sequence('products', 'id'), greatest(1, (select max(id) from products)));
