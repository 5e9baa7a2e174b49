using LastMile.Events.Bench.Running;
using LastMile.Events.Postgres;
using LastMile.Events.Redis;
using Npgsql;
using StackExchange.Redis;

namespace LastMile.Events.Bench.Drain;

/// <summary>The bare loop: two workers that claim outbox rows, purge a key for each, and commit. It has no rules, log, or bus.</summary>
internal sealed class BareClaim : IAsyncDisposable
{
    private const int Workers = 2;
    private const long Epoch = 1;
    private static readonly string Claim = Resource.Read("bare_claim.sql");

    private readonly NpgsqlDataSource dataSource;
    private readonly ConnectionMultiplexer redis;
    private readonly PurgeScript script;

    private BareClaim(string database, ConnectionMultiplexer redis)
    {
        Database = database;
        dataSource = NpgsqlDataSource.Create(database + ";Max Auto Prepare=10");
        this.redis = redis;
        script = new PurgeScript(redis.GetDatabase(), new RedisKeys("bare:"));
    }

    public string Database { get; }

    public static async Task<BareClaim> CreateAsync(BenchSystem system, CancellationToken cancellationToken)
    {
        var database = await system.CreateDatabaseAsync("bare_claim", cancellationToken);
        var bare = new BareClaim(database, await ConnectionMultiplexer.ConnectAsync(system.Servers.Primary.Endpoint));
        await OutboxSchema.InstallAsync(bare.dataSource, cancellationToken);
        await bare.script.OpenEpochAsync(Epoch);
        return bare;
    }

    /// <summary>Empties the outbox.</summary>
    public Task DrainAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(() => WorkAsync(cancellationToken), cancellationToken)));

    public async ValueTask DisposeAsync()
    {
        await redis.DisposeAsync();
        await dataSource.DisposeAsync();
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var keys = new List<string>();
        do
        {
            keys.Clear();
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using (var command = new NpgsqlBatch(connection))
            {
                command.BatchCommands.Add(new("set local synchronous_commit to off"));
                command.BatchCommands.Add(new(Claim));
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                while (await reader.ReadAsync(cancellationToken))
                    keys.Add(string.Concat("product:", reader.GetString(0).AsSpan(3).TrimEnd("\"]")));
            }

            if (keys.Count > 0)
                await script.ApplyAsync(Epoch, keys, []);
            await transaction.CommitAsync(cancellationToken);
        }
        while (keys.Count > 0);
    }
}
