using LastMile.Events.Postgres;
using LastMile.Events.Testing;
using LastMile.Events.Testing.Pages;
using Npgsql;
using Xunit;

namespace Documentation.Tests;

/// <summary>Runs the documented SQL in a database that has the schema and the tables of the examples.</summary>
public sealed class DocumentedSqlTests(SharedServers servers)
{
    /// <summary>Each block, by its place.</summary>
    public static TheoryData<string> Places() => [.. BlockUse.BlocksFor<DocumentedSqlTests>().Select(block => block.ToString())];

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_block_runs_and_leaves_capture_without_findings(string place)
    {
        var block = BlockUse.BlocksFor<DocumentedSqlTests>().Single(block => block.ToString() == place);
        await using var database = NpgsqlDataSource.Create(await servers.CreateDatabaseAsync());
        await OutboxSchema.InstallAsync(database, TestContext.Current.CancellationToken);
        await ExecuteAsync(database, await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "tables.sql")));

        await ExecuteAsync(database, block.Text);

        await using var audit = database.CreateCommand("select count(*) from lastmile.audit()");
        Assert.Equal(0L, await audit.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    private static async Task ExecuteAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
