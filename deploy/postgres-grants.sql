-- In the application's database, as storefront_migrator, after its first migration; harmless again. Each later table is to be granted, too.
revoke all on database storefront from public;
grant connect on database storefront to storefront, lastmile_invalidator;

-- Its own tables, and nothing in the schema lastmile: what it changes is captured by functions that run as their owner.
grant select, insert, update, delete on products, categories to storefront;

select lastmile.grant_relay('lastmile_invalidator');
