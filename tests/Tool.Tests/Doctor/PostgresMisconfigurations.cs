using LastMile.Events.Tool.Installation;
using LastMile.Events.Testing;
using Npgsql;

namespace Tool.Tests.Doctor;

/// <summary>Misconfigurations of the database.</summary>
internal static class PostgresMisconfigurations
{
    private static NpgsqlConnection? forgotten;

    public static Dictionary<string, Misconfiguration> All { get; } = new(StringComparer.Ordinal)
    {
        ["a wrong password of the Invalidator's role"] = new(
            "postgres: postgres.reachable: error", "\\password lastmile_invalidator in psql")
        {
            Settings = system => Login(system, login => login.Password = "wrong"),
        },
        ["a port on which no PostgreSQL listens"] = new("postgres: postgres.reachable: error", "Check that the server runs")
        {
            Settings = system => Login(system, login => login.Port = 1),
        },
        ["a database that does not exist"] = new("postgres: postgres.reachable: error", "Correct the database or the role")
        {
            Settings = system => Login(system, login => login.Database = "nowhere"),
        },
        ["a database without the schema"] = new("postgres: postgres.schema: error", "lastmile setup postgres --schema --apply")
        {
            Settings = system => Login(system, login => login.Database = "postgres"),
        },
        ["a schema that is older than the tool"] = Sql(
            "postgres: postgres.schema: error",
            "Apply the migration of the new package version",
            "create table public.kept as select * from lastmile.schema_version order by version desc limit 1;"
                + "delete from lastmile.schema_version where version = (select version from public.kept)",
            "insert into lastmile.schema_version select * from public.kept; drop table public.kept"),
        ["a schema that is newer than the tool"] = Sql(
            "postgres: postgres.schema: warning",
            "dotnet tool update --global LastMile.Events.Tool",
            "insert into lastmile.schema_version (version) values (999)",
            "delete from lastmile.schema_version where version = 999"),
        ["a privilege of the Invalidator's role revoked"] = Sql(
            "postgres: postgres.rights: error",
            "select lastmile.grant_relay('lastmile_invalidator');",
            "revoke insert on lastmile.region_episode from lastmile_invalidator"),
        ["an Invalidator that logs in as a superuser"] = new("postgres: postgres.superuser: warning", "lastmile setup postgres")
        {
            Settings = system => system.Settings with
            {
                Postgres = new(new NpgsqlConnectionStringBuilder(system.System.Servers.Postgres.ConnectionString)
                {
                    Database = new NpgsqlConnectionStringBuilder(system.System.Database.ConnectionString).Database,
                }.ConnectionString),
            },
        },
        ["a role without REPLICATION"] = Sql(
            "postgres: postgres.replication: warning",
            "alter role lastmile_invalidator replication;",
            "alter role lastmile_invalidator noreplication"),
        ["a disabled trigger"] = Sql(
            "postgres: postgres.capture: error",
            "alter table only public.products enable always trigger lastmile_update;",
            "alter table products disable trigger lastmile_update"),
        ["a column that a template names, renamed"] = Sql(
            "postgres: postgres.capture: error",
            "products",
            "alter table products rename column slug to slug_2",
            "alter table products rename column slug_2 to slug"),
        ["a role that may set session_replication_role"] = Sql(
            "postgres: postgres.capture: error",
            "revoke set on parameter session_replication_role from storefront;",
            "grant set on parameter session_replication_role to storefront"),
        ["no free replication slot"] = Sql(
            "postgres: postgres.slots: warning",
            "pg_drop_replication_slot",
            "select pg_create_physical_replication_slot('taken_' || n) "
                + "from generate_series(1, 64 - (select count(*) from pg_replication_slots)) n",
            "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name like 'taken_%'") with
        {
            // Another database, whose stream would need a slot.
            Settings = system => Login(system, login => login.Database = "postgres"),
            Also = ["postgres: postgres.schema: error"],
        },
        ["a forgotten transaction that holds WAL"] = new("postgres: postgres.open-transaction: warning", "select pid, xact_start, query")
        {
            BreakAsync = async system =>
            {
                forgotten = await system.OpenAsync();
                // A stream that an earlier case interrupted could not begin again while the transaction is open.
                await using var streams = new NpgsqlCommand(
                    "select exists (select from pg_replication_slots "
                        + "where database = current_database() and active and confirmed_flush_lsn is not null)",
                    forgotten);
                await Eventually.Async(async () => (bool)(await streams.ExecuteScalarAsync())!);
                await using var command = new NpgsqlCommand("begin; select pg_current_xact_id()", forgotten);
                await command.ExecuteNonQueryAsync();
                await system.ExecuteAsync("select pg_logical_emit_message(false, 'x', repeat('x', 64000000)) from generate_series(1, 5)");
            },
            MendAsync = async (system, _) =>
            {
                await forgotten!.DisposeAsync();
                // Makes the server log at once that the transaction has ended. Otherwise, it does so within 15 s.
                await system.ExecuteAsync("checkpoint");
            },
        },
        ["changes in quarantine"] = Sql(
            "postgres: postgres.quarantine: warning",
            "lastmile quarantine list",
            "insert into lastmile.outbox_quarantine (outbox_id, entity, kind, columns, rows, created_at, reason) "
                + "values (1, 'Product', 'update', '{}', '[]', now(), 'x')",
            "delete from lastmile.outbox_quarantine"),
    };

    // Misconfigures with SQL, and runs the printed remedy if it is SQL.
    private static Misconfiguration Sql(string finding, string remedy, string sql, string? mend = null) => new(finding, remedy)
    {
        BreakAsync = system => system.ExecuteAsync(sql),
        MendAsync = (system, printed) => system.ExecuteAsync(mend ?? printed),
    };

    private static InstallationSettings Login(DoctorSystem system, Action<NpgsqlConnectionStringBuilder> change)
    {
        var login = new NpgsqlConnectionStringBuilder(system.Settings.Postgres.ConnectionString);
        change(login);
        return system.Settings with { Postgres = new(login.ConnectionString) };
    }
}
