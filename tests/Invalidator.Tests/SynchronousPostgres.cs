using LastMile.Events.Testing;
using Npgsql;
using Xunit;

namespace Invalidator.Tests;

/// <summary>
/// A PostgreSQL server whose commits wait for a <see cref="Standby"/>: the stream already receives them, but they are not visible yet. Only
/// sessions that execute <c>set synchronous_commit = on</c> wait.
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
        // Restarts instead of reloading, because a session can't know whether a reload has reached all processes.
        await server.Process.RestartAsync();
        var local = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Options = "-c synchronous_commit=local" };
        connectionString = local.ConnectionString;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal Task<World> CreateWorldAsync() => World.CreateAsync(servers, postgres: connectionString);
}
