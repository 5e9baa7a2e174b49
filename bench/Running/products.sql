-- The same table for every contender; each contender adds its own handling of changes.
create table products (
    id          int primary key,
    slug        varchar(200) not null,
    name        varchar(200) not null,
    price       numeric(12, 2) not null,
    category_id int not null,
    views       bigint not null default 0
) with (fillfactor = 80);
insert into products select n, 'product-' || n, 'Product ' || n, n % 1000, 1 + n % 100 from generate_series(1, 100000) n;
