-- Run this in the application's database as storefront_migrator, after its first migration. Running it again is harmless.
-- Add a grant for each later table.
revoke all on database storefront from public;
grant connect on database storefront to storefront, lastmile_invalidator;

-- The application may use its own tables, and nothing in the schema lastmile: capture functions run with their owner's rights.
grant select, insert, update, delete on products, categories to storefront;

select lastmile.grant_relay('lastmile_invalidator');
