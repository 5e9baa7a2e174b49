-- The steps of 'lastmile setup postgres'. A step begins with its title (#). The markers below a title:
--@       where the step runs: server (any database), database (the application's), or owner (the same, as the role that owns the schema)
--if      the step runs only if this query returns true
--else    what the operator must do if the step did not run; without this marker, nothing
--option  the step runs only with this option
--compare the step counts as a change if the result of this query changes
--refused what the operator must know if the server does not permit the step; without this marker, that is a failure
-- "{x}" stands for a quoted identifier, '{x}' for a quoted literal, and {install} for the script of the schema.

--# The role {relay} exists.
--@ server
--if not exists (select from pg_roles where rolname = '{relay}')
create role "{relay}";

--# {relay} may log in with the password of the installation file.
--@ server
--compare select rolcanlogin::text || ' ' || rolpassword from pg_authid where rolname = '{relay}'
alter role "{relay}" login password '{relay_verifier}';

--# {relay} may receive the stream of changes.
--@ server
--compare select rolreplication::text from pg_roles where rolname = '{relay}'
--refused Grant REPLICATION as a superuser, or the role of your managed service for it, such as rds_replication. Until then, the Invalidator polls.
alter role "{relay}" replication;

--# The role {owner} exists. (An existing role keeps its password.)
--@ server
--if not exists (select from pg_roles where rolname = '{owner}')
create role "{owner}" login password '{owner_verifier}';

--# The database {database} exists.
--@ server
--if not exists (select from pg_database where datname = '{database}')
create database "{database}" owner "{owner}";

--# {relay} may connect to the database.
--@ database
--if not has_database_privilege('{relay}', '{database}', 'connect')
grant connect on database "{database}" to "{relay}";

--# {owner} may create the schema lastmile in the database.
--@ database
--if not has_database_privilege('{owner}', '{database}', 'create')
grant create on database "{database}" to "{owner}";

--# The schema lastmile has version {version}.
--@ owner
--option schema
--compare select coalesce(max(version), 0)::text from lastmile.schema_version
{install}

--# {relay} has the rights of lastmile.grant_relay.
--@ owner
--if to_regnamespace('lastmile') is not null
--else Run the migration that installs the schema lastmile, then this command again. For an application without EF Core migrations, add --schema.
--compare select concat_ws(' ', (select nspacl::text from pg_namespace where nspname = 'lastmile'), string_agg(c.relacl::text, ' ' order by c.relname), string_agg((select string_agg(a.attacl::text, ' ' order by a.attnum) from pg_attribute a where a.attrelid = c.oid), ' ' order by c.relname)) from pg_class c where c.relnamespace = to_regnamespace('lastmile')
select lastmile.grant_relay((select oid::regrole from pg_roles where rolname = '{relay}'));
