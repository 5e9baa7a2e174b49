-- A database in use: tracked tables, one of them partitioned, and rows in every table of the schema.
create table products (id integer primary key, slug text not null);
create table orders (id integer, placed date not null, primary key (id, placed)) partition by range (placed);
create table orders_2026 partition of orders for values from ('2026-01-01') to ('2027-01-01');
select lastmile.track('products', 'Product', array['product:{id}', 'product:slug:{slug}'], array['products']);
select lastmile.track('orders', 'Order', array['order:{id}'], strict => true);
insert into products values (7, 'shoe');
insert into orders values (1, '2026-02-03'), (2, '2026-03-04');

insert into lastmile.outbox_quarantine (outbox_id, entity, kind, columns, rows, created_at, reason)
values (11, 'Product', 'update', '{id}', '[["7"]]', now(), 'the template names [Colour]');
insert into lastmile.epoch (epoch, primary_id) values (1, repeat('a', 40));
insert into lastmile.purge_log (id, epoch, sequence, keys, tags, applied_at, double_delete_at)
values (gen_random_uuid(), 1, 1, '{product:7}', '{products}', now(), null), (gen_random_uuid(), 1, 2, '{}', '{products}', now(), now());
insert into lastmile.region (region, topology, verdict, shown_epoch, shown_sequence, applied_epoch, applied_sequence)
values ('ams', 'Replicated', 'Converged', 1, 2, 1, 1);
insert into lastmile.region_episode (region, episode, alert, began_at) values ('ams', gen_random_uuid(), '{}', now());
