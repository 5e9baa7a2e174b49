using LastMile.Events.Bench.Contenders;
using LastMile.Events.Bench.Running;
using Npgsql;

namespace LastMile.Events.Bench.Drain;

/// <summary>Changes waiting in an outbox. Every thousandth key is cached in the regions, to observe the drain.</summary>
internal sealed class Backlog : IAsyncDisposable
{
    private const int Sampled = 1_000;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    private readonly List<DeletedKeys> regions = [];
    private int outstanding;
    private long firstGone;
    private long lastGone;
    private TaskCompletionSource allGone = new();

    private Backlog()
    {
    }

    public static async Task<Backlog> ListenAsync(BenchSystem system)
    {
        var backlog = new Backlog();
        foreach (var region in system.Servers.Regions)
            backlog.regions.Add(await DeletedKeys.ListenAsync(region.Redis, backlog.Gone));
        return backlog;
    }

    /// <summary>Fills an outbox, and caches every thousandth key in the regions.</summary>
    public async Task FillAsync(string database, string sql, int keys, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using (var insert = new NpgsqlCommand(Resource.Read(sql), connection) { Parameters = { new() { Value = keys } } })
            await insert.ExecuteNonQueryAsync(cancellationToken);
        await using (var order = new NpgsqlCommand("vacuum analyze lastmile.outbox; checkpoint", connection))
            await order.ExecuteNonQueryAsync(cancellationToken);

        (outstanding, firstGone) = (keys / Sampled * regions.Count, 0);
        allGone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var sample = Enumerable.Range(0, keys / Sampled)
            .Select(n => ProductKey.Of(n == 0 ? 1 : n == keys / Sampled - 1 ? keys : n * Sampled));
        foreach (var region in regions)
            await region.FillAsync(sample);
    }

    /// <summary>Waits until the last key is gone in every region.</summary>
    /// <returns>Seconds from the first deletion to the last.</returns>
    public async Task<double> GoneAsync(CancellationToken cancellationToken)
    {
        await allGone.Task.WaitAsync(Deadline, cancellationToken);
        return System.Diagnostics.Stopwatch.GetElapsedTime(firstGone, lastGone).TotalSeconds;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var region in regions)
            await region.DisposeAsync();
    }

    private void Gone(string key, long at)
    {
        if (ProductKey.ProductOf(key) is null)
            return;
        Interlocked.CompareExchange(ref firstGone, at, 0);
        Volatile.Write(ref lastGone, at);
        if (Interlocked.Decrement(ref outstanding) == 0)
            allGone.TrySetResult();
    }
}
