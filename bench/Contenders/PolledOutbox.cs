using LastMile.Events.Bench.Running;
using Npgsql;

namespace LastMile.Events.Bench.Contenders;

/// <summary>A peer: the application writes an outbox row with its change, and a timer publishes the rows, one message per row.</summary>
internal sealed class PolledOutbox : IContender
{
    /// <summary>The setup, as shown in the report.</summary>
    public const string Setup = "every second, up to 100 rows in one transaction, published concurrently, one message per row";

    private const int Rows = 100;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly string Insert = Resource.Read("outbox_insert.sql");
    private static readonly string Take = Resource.Read("outbox_take.sql");

    private readonly ProductWriter writer;
    private readonly NpgsqlDataSource dataSource;
    private readonly RegionConsumers regions;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task polling;

    private PolledOutbox(string database, RegionConsumers regions)
    {
        writer = new ProductWriter(database, Insert);
        dataSource = NpgsqlDataSource.Create(database);
        this.regions = regions;
        polling = PollAsync();
    }

    public string Name => "polled outbox";

    public static async Task<PolledOutbox> StartAsync(BenchSystem system, CancellationToken cancellationToken)
    {
        var database = await system.CreateDatabaseAsync("polled", cancellationToken);
        await BenchSystem.ExecuteAsync(database, Resource.Read("outbox.sql"), cancellationToken);
        return new PolledOutbox(database, await RegionConsumers.StartAsync(system, "polled", cancellationToken));
    }

    public async Task ChangeAsync(int product, Action committed, CancellationToken cancellationToken)
    {
        await writer.UpdateAsync(product, cancellationToken);
        committed();
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await polling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await regions.DisposeAsync();
        await dataSource.DisposeAsync();
        await writer.DisposeAsync();
        stopping.Dispose();
    }

    private async Task PollAsync()
    {
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(stopping.Token))
            await PublishAsync(stopping.Token);
    }

    // The rows are deleted only after the broker has confirmed all of them; after an earlier crash they are published again.
    private async Task PublishAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Task.WhenAll((await TakeAsync(connection, cancellationToken)).Select(key => regions.PublishAsync(key, cancellationToken)));
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task<List<string>> TakeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var take = new NpgsqlCommand(Take, connection) { Parameters = { new() { Value = Rows } } };
        await using var reader = await take.ExecuteReaderAsync(cancellationToken);
        var keys = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
            keys.Add(reader.GetString(0));
        return keys;
    }
}
