using System.Diagnostics;
using LastMile.Events.Bench.Running;
using LastMile.Events.Fabric;
using Npgsql;

namespace LastMile.Events.Bench.Idle;

/// <summary>Watches a system from outside: through the database <c>postgres</c>, and with one command per sample on each Redis.</summary>
internal sealed class IdleMeter : IAsyncDisposable
{
    private static readonly string Transactions = Resource.Read("transactions.sql");

    // By then .NET has recompiled its hot code in the background; it takes half a minute to notice code that runs once a second.
    private static readonly TimeSpan SettledAge = TimeSpan.FromSeconds(75);

    private readonly BenchSystem system;
    private readonly RedisAdmin primary;
    private readonly RedisAdmin region;
    private readonly NpgsqlDataSource postgres;

    private IdleMeter(BenchSystem system, RedisAdmin primary, RedisAdmin region)
    {
        (this.system, this.primary, this.region) = (system, primary, region);
        postgres = NpgsqlDataSource.Create(system.Servers.Postgres.ConnectionString);
    }

    public static async Task<IdleMeter> ConnectAsync(BenchSystem system) => new(
        system, await RedisAdmin.ConnectAsync(system.Servers.Primary), await RedisAdmin.ConnectAsync(system.Servers.Regions[0].Redis));

    /// <summary>Waits until all earlier purges are announced and the services have run for a while.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        await system.AnnouncedAsync(cancellationToken);
        foreach (var service in (Service[])[system.Invalidator, system.Agents[0]])
        {
            if (SettledAge - ProcessUsage.Of(service).Age is { Ticks: > 0 } rest)
                await Task.Delay(rest, cancellationToken);
        }
    }

    public async Task<IdleSample> SampleAsync(CancellationToken cancellationToken) => new(
        Stopwatch.GetTimestamp(),
        ProcessUsage.Of(system.Invalidator),
        ProcessUsage.Of(system.Agents[0]),
        await primary.UsageAsync(),
        await region.UsageAsync(),
        await ScalarAsync(postgres, Transactions, cancellationToken));

    public async ValueTask DisposeAsync()
    {
        await postgres.DisposeAsync();
        await region.DisposeAsync();
        await primary.DisposeAsync();
    }

    private static async Task<long> ScalarAsync(NpgsqlDataSource source, string sql, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
