-- The roles, once per server, as a superuser. They have no passwords yet and so can't log in: give each one with \password.
create role storefront_migrator login;                -- owns the database and its schemas; runs migrations and nothing else
create role storefront login;                         -- the application
create role lastmile_invalidator login replication;   -- replication: for the stream only, without it the Invalidator polls
-- Then, by itself: create database storefront owner storefront_migrator;
