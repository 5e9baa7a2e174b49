-- The same table four times. bare: not captured. least: a trigger writes one constant row per statement, the lowest possible cost of an
-- outbox filled by triggers. captured: as a shop would capture it. captured_by_key: captured with one key, made of the primary key.
create table categories (id int primary key);
insert into categories select generate_series(1, 100);

create table bare (
    id          int primary key,
    slug        varchar(200) not null unique,
    name        varchar(200) not null,
    price       numeric(12, 2) not null,
    category_id int not null references categories,
    views       bigint not null default 0
);
create index on bare (category_id);
insert into bare select n, 'product-' || n, 'Product ' || n, n % 1000, 1 + n % 100 from generate_series(1, 100000) n;

create table captured (like bare including all, foreign key (category_id) references categories);
insert into captured select * from bare;
create table captured_by_key (like bare including all, foreign key (category_id) references categories);
insert into captured_by_key select * from bare;
create table least (like bare including all, foreign key (category_id) references categories);
insert into least select * from bare;
create function write_one_row() returns trigger language plpgsql as $$
begin
    insert into lastmile.outbox (entity, kind, columns, rows, row_count) values ('Product', 'update', '{id}', '[["1"]]', 1);
    return null;
end
$$;
create trigger write_one_row after update on least
    referencing old table as old_rows new table as new_rows for each statement execute function write_one_row();

select lastmile.track(
    'captured', 'Product', array['product:{id}', 'product:slug:{slug}'], array['category:{category_id}'], ignore => '{views}');
select lastmile.track('captured_by_key', 'Product', array['product:{id}'], ignore => '{views}');

-- The benchmark vacuums explicitly between turns, because an autovacuum of one table must not run during another table's turn.
alter table bare set (autovacuum_enabled = off);
alter table least set (autovacuum_enabled = off);
alter table captured set (autovacuum_enabled = off);
alter table captured_by_key set (autovacuum_enabled = off);
alter table lastmile.outbox set (autovacuum_enabled = off);
