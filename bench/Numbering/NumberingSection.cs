using LastMile.Events.Bench.Contenders;
using LastMile.Events.Bench.Drain;
using LastMile.Events.Bench.Latency;
using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;
using LastMile.Events.Fabric;

namespace LastMile.Events.Bench.Numbering;

/// <summary>
/// Measures the whole path of a purge, from the claim to the announcement and an independent region, with the Redis primary's watermarks and
/// with the database's.
/// </summary>
internal static class NumberingSection
{
    private const string Primary = "Redis primary";
    private const string Database = "database";
    private const int Backlogged = BenchSystem.Products;

    public static async Task<SectionResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        await using var primary = await MeasuredSystem.StartAsync(Primary, primary: true, run, cancellationToken);
        await using var database = await MeasuredSystem.StartAsync(Database, primary: false, run, cancellationToken);
        MeasuredSystem[] systems = [primary, database];

        run.Report($"commit to gone: {run.Rounds.Count} rounds of {systems.Length} systems");
        var slow = await CompareAsync(50);
        var fast = await CompareAsync(1_000);

        run.Report($"backlogs of {Backlogged:N0} single-row changes: {run.Rounds.Count} rounds");
        var rates = await Comparison.MeasureAsync(
            "drain of a backlog",
            "keys/s",
            [Primary, Database],
            run.Rounds,
            name => systems.Single(system => system.Name == name).DrainAsync(Backlogged, cancellationToken));
        return new SectionResult("numbering", [rates], [slow, fast], [], Settings());

        async Task<LatencyComparison> CompareAsync(int perSecond)
        {
            var turns = systems.ToDictionary(system => system.Name, _ => new List<double[]>(), StringComparer.Ordinal);
            for (var round = 0; round < run.Rounds.Count; round++)
            {
                foreach (var system in systems)
                {
                    var latencies = await system.LatenciesAsync(perSecond, run.Rounds.Slice, cancellationToken);
                    if (round > 0)
                        turns[system.Name].Add(latencies);
                }
            }

            return new LatencyComparison(
                $"commit to gone at {perSecond:N0} changes/s",
                [.. systems.Select(system => new LatencyContender(system.Name, turns[system.Name]))]);
        }
    }

    private static Dictionary<string, string> Settings() => new(StringComparer.Ordinal)
    {
        ["systems"] = "both run at the same time, each with its own servers, one Invalidator and one independent region; they take turns",
        ["commits"] = "the Redis primary's log commits asynchronously, the database's waits for the disk",
    };
}

/// <summary>A system with one independent region, with or without a Redis primary.</summary>
internal sealed class MeasuredSystem : IAsyncDisposable
{
    private readonly BenchSystem system;
    private readonly LatencyProbe probe;
    private readonly LastMileContender contender;
    private readonly Backlog backlog;

    private MeasuredSystem(string name, BenchSystem system, LatencyProbe probe, Backlog backlog) =>
        (Name, this.system, this.probe, contender, this.backlog) = (name, system, probe, new(system), backlog);

    public string Name { get; }

    public static async Task<MeasuredSystem> StartAsync(string name, bool primary, BenchRun run, CancellationToken cancellationToken)
    {
        var options = new FabricOptions { Primary = primary, Regions = ["ams"], Independent = ["ams"], Links = false };
        var started = await BenchSystem.StartAsync(options, run, cancellationToken);
        return new MeasuredSystem(name, started, await LatencyProbe.StartAsync(started.Servers.Regions), await Backlog.ListenAsync(started));
    }

    /// <summary>Changes products at a fixed rate; returns the time from each commit until the key is gone, in milliseconds.</summary>
    public async Task<double[]> LatenciesAsync(int perSecond, TimeSpan duration, CancellationToken cancellationToken)
    {
        var regions = await probe.MeasureAsync(contender, perSecond, duration, cancellationToken);
        await system.AnnouncedAsync(cancellationToken);
        return [.. regions.SelectMany(region => region)];
    }

    /// <summary>Fills the outbox while the Invalidator is down, and drains it; returns keys per second.</summary>
    public async Task<double> DrainAsync(int keys, CancellationToken cancellationToken)
    {
        await system.Invalidator.Process.StopAsync();
        await backlog.FillAsync(system.Database, "backlog_of_single_rows.sql", keys, cancellationToken);
        await system.Invalidator.Process.StartAsync(cancellationToken);
        var rate = keys / await backlog.GoneAsync(cancellationToken);
        await system.AnnouncedAsync(cancellationToken);
        return rate;
    }

    public async ValueTask DisposeAsync()
    {
        await backlog.DisposeAsync();
        await contender.DisposeAsync();
        await probe.DisposeAsync();
        await system.DisposeAsync();
    }
}
