using LastMile.Events.Testing;
using LastMile.Events.Testing.Pages;
using Npgsql;
using Xunit;

namespace Storefront.Tests;

/// <summary>Runs the documented commands that create the roles and the Storefront's database.</summary>
public sealed class DocumentedRightsTests(SharedServers servers)
{
    // psql continues after an error in a file unless told otherwise. The tests have built the Storefront.
    private const string Programs =
        """
        psql() { command psql --set ON_ERROR_STOP=1 --quiet "$@"; }
        dotnet() { test "$1" = build || command dotnet "$@"; }

        """;

    [Fact]
    public async Task The_commands_create_roles_with_which_the_services_can_work()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/psql"), "psql is not installed.");
        var postgres = await servers.StartPostgresAsync();
        var server = new NpgsqlConnectionStringBuilder(postgres.ConnectionString);
        var blocks = BlockUse.BlocksFor<DocumentedRightsTests>();
        Assert.Equal(2, blocks.Count);

        await RunAsync(blocks[0], server.Username!, server.Password!);
        await ExecuteAsync(
            postgres.ConnectionString, "alter role storefront_migrator password 'm'; alter role lastmile_invalidator password 'i'");
        await RunAsync(blocks[1], "storefront_migrator", "m");

        // The Invalidator's role may read and delete the outbox, and nothing of the application.
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

        async Task RunAsync(DocumentedBlock block, string user, string password)
        {
            // A server of the tests does not listen on the default port, which the documented connection string uses.
            var commands = block.Text.Replace("Host=$PGHOST;", "Host=$PGHOST;Port=$PGPORT;", StringComparison.Ordinal);
            var (code, output, error) = await DocumentedShell.RunAsync(
                Programs + commands,
                ("PGHOST", server.Host!), ("PGPORT", $"{server.Port}"), ("PGUSER", user), ("PGPASSWORD", password));
            Assert.True(code == 0, $"{block}: {output}{error}");
        }
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
