using LastMile.Events.Testing;
using LastMile.Events.Testing.Pages;
using Npgsql;
using Xunit;

namespace Storefront.Tests;

/// <summary>Runs the SQL files in deploy/ that create the roles and rights of the Storefront, on a new server.</summary>
public sealed class DeployedRolesTests(SharedServers servers)
{
    private const string AsSuperuser =
        """
        psql() { command psql --set ON_ERROR_STOP=1 --quiet "$@"; }
        psql --dbname postgres --file deploy/postgres-roles.sql
        psql --dbname postgres --command 'create database storefront owner storefront_migrator'
        psql --dbname postgres --command "alter role storefront_migrator password 'm'; alter role lastmile_invalidator password 'i'"
        """;

    private const string AsMigrator =
        """
        export ConnectionStrings__Storefront="Host=$PGHOST;Port=$PGPORT;Database=storefront;Username=storefront_migrator;Password=m"
        dotnet artifacts/bin/Storefront/release/Storefront.dll --migrate
        psql --set ON_ERROR_STOP=1 --quiet --dbname storefront --username storefront_migrator --file deploy/postgres-grants.sql
        """;

    [Fact]
    public async Task The_Invalidators_role_can_use_the_outbox_and_no_table_of_the_application()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/psql"), "psql is not installed.");
        var postgres = await servers.StartPostgresAsync();
        var server = new NpgsqlConnectionStringBuilder(postgres.ConnectionString);

        await RunAsync(AsSuperuser, server.Username!, server.Password!);
        await RunAsync(AsMigrator, "storefront_migrator", "m");

        var invalidator = new NpgsqlConnectionStringBuilder(postgres.ConnectionString)
        {
            Database = "storefront",
            Username = "lastmile_invalidator",
            Password = "i",
        }.ConnectionString;
        await ExecuteAsync(invalidator, "delete from lastmile.outbox");
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(invalidator, "select from products"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
        await postgres.Process.StopAsync();

        async Task RunAsync(string commands, string user, string password)
        {
            var (code, output, error) = await DocumentedShell.RunAsync(
                commands, ("PGHOST", server.Host!), ("PGPORT", $"{server.Port}"), ("PGUSER", user), ("PGPASSWORD", password));
            Assert.True(code == 0, output + error);
        }
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
