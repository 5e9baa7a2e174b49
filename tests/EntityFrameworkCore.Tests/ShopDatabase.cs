using LastMile.Events.Postgres;
using LastMile.Events.Testing;
using Npgsql;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>One database with the schema <c>lastmile</c>, shared by the tests of a class, which run one after another.</summary>
public sealed class ShopDatabase(SharedServers servers) : IAsyncLifetime
{
    private NpgsqlDataSource source = null!;
    private string connectionString = "";

    /// <summary>Drops and untracks everything that a test has created.</summary>
    /// <returns>The connection string.</returns>
    public async Task<string> ResetAsync()
    {
        await DatabaseReset.ResetAsync(source, TestContext.Current.CancellationToken);
        return connectionString;
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        connectionString = await servers.CreateDatabaseAsync(InstallAsync);
        source = NpgsqlDataSource.Create(connectionString);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => source.DisposeAsync();

    private static async Task InstallAsync(string connectionString)
    {
        await using var installing = NpgsqlDataSource.Create(connectionString);
        await OutboxSchema.InstallAsync(installing);
    }
}
