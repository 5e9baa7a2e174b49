-- Run this once per server as a superuser. The roles have no passwords, so they can't log in: set one for each with \password.
create role storefront_migrator login;                -- owns the database and its schemas; only runs migrations
create role storefront login;                         -- the application
create role lastmile_invalidator login replication;   -- replication: only for the stream; without it the Invalidator polls
-- Then, as a separate statement: create database storefront owner storefront_migrator;
