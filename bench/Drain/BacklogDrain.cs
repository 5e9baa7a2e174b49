using LastMile.Events.Bench.Running;
using LastMile.Events.Fabric;

namespace LastMile.Events.Bench.Drain;

/// <summary>Fills an outbox and drains it with the bare loop, or with an Invalidator that was down while the backlog was written.</summary>
internal sealed class BacklogDrain : IAsyncDisposable
{
    private const int Megabyte = 1_000_000;

    private readonly BenchSystem system;
    private readonly BareClaim bare;
    private readonly Backlog backlog;

    private BacklogDrain(BenchSystem system, BareClaim bare, Backlog backlog) =>
        (this.system, this.bare, this.backlog) = (system, bare, backlog);

    public static async Task<BacklogDrain> StartAsync(BenchSystem system, CancellationToken cancellationToken) =>
        new(system, await BareClaim.CreateAsync(system, cancellationToken), await Backlog.ListenAsync(system));

    /// <summary>Drains a backlog with the bare loop.</summary>
    /// <returns>Keys per second.</returns>
    public async Task<double> BareAsync(int keys, CancellationToken cancellationToken)
    {
        await backlog.FillAsync(bare.Database, "backlog_of_single_rows.sql", keys, cancellationToken);
        await bare.DrainAsync(cancellationToken);
        return keys / await backlog.GoneAsync(cancellationToken);
    }

    /// <summary>Drains a backlog with the Invalidator.</summary>
    /// <returns>Keys per second, and the process's peak memory in MB.</returns>
    public async Task<(double Rate, double PeakMemory)> LastMileAsync(string sql, int keys, CancellationToken cancellationToken)
    {
        await system.Invalidator.Process.StopAsync();
        await backlog.FillAsync(system.Database, sql, keys, cancellationToken);
        await system.Invalidator.Process.StartAsync(cancellationToken);
        var rate = keys / await backlog.GoneAsync(cancellationToken);
        await system.AnnouncedAsync(cancellationToken);
        return (rate, (double)ProcessUsage.Of(system.Invalidator).PeakMemory / Megabyte);
    }

    public async ValueTask DisposeAsync()
    {
        await backlog.DisposeAsync();
        await bare.DisposeAsync();
    }
}
