using LastMile.Events.Testing;
using Npgsql;
using Xunit;

namespace Invalidator.Tests;

/// <summary>
/// A PostgreSQL whose commits wait for a <see cref="Standby"/>: the stream tells them, and nobody sees them. That holds for the sessions
/// that say <c>set synchronous_commit = on</c>; all others of a world go on.
/// </summary>
public sealed class SynchronousPostgres(SharedServers servers) : IAsyncLifetime
{
    private string connectionString = "";

    public async ValueTask InitializeAsync()
    {
        var server = await servers.StartPostgresAsync();
        await using (var source = NpgsqlDataSource.Create(server.ConnectionString))
        await using (var command = source.CreateCommand($"alter system set synchronous_standby_names = '{Standby.Name}'"))
            await command.ExecuteNonQueryAsync();
        // Not a reload, of which a session can't tell whether it has reached all processes.
        await server.Process.RestartAsync();
        connectionString = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Options = "-c synchronous_commit=local" }.ConnectionString;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal Task<World> CreateWorldAsync() => World.CreateAsync(servers, postgres: connectionString);
}
