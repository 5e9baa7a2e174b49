-- The tables that the SQL of the documentation assumes, as an application has them.
create table products (
    id           integer primary key,
    category_id  integer not null,
    slug         text not null,
    views        bigint not null default 0
);
insert into products (id, category_id, slug) values (7, 3, 'shoe');
