using LastMile.Events.Bench.Contenders;
using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;

namespace LastMile.Events.Bench.Drain;

/// <summary>
/// Measures how fast a backlog drains that built up while the Invalidator was down, and the rate that each contender sustains.
/// </summary>
internal static class DrainSection
{
    private const string Bare = "bare claim loop";
    private const string Single = "LastMile, single-row changes";
    private const string Bulk = "LastMile, bulk updates";
    private const int SustainedChanges = 20_000;

    // The polled outbox publishes only a hundred per second.
    private const int PolledChanges = 300;

    public static async Task<SectionResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        var system = await run.SystemAsync(cancellationToken);
        await using var drain = await BacklogDrain.StartAsync(system, cancellationToken);
        await using var cached = await CachedProducts.StartAsync(system.Servers.Regions);
        await using var lastMile = new LastMileContender(system);
        await using var published = await PublishedChange.StartAsync(system, cancellationToken);
        await using var polled = await PolledOutbox.StartAsync(system, cancellationToken);
        var (singles, bulk) = run.Quick ? (200_000, 500_000) : (500_000, 1_000_000);
        var rounds = run.Quick ? new Rounds(3, TimeSpan.FromSeconds(1)) : new Rounds(5, TimeSpan.FromSeconds(3));

        run.Report($"backlogs of {singles:N0} single-row changes and of {bulk:N0} rows in bulk: {rounds.Count} rounds");
        var peaks = new Dictionary<string, List<double>>(StringComparer.Ordinal) { [Single] = [], [Bulk] = [] };
        var rates = await Comparison.MeasureAsync("drain of a backlog", "keys/s", [Bare, Single, Bulk], rounds, name => name switch
        {
            Bare => drain.BareAsync(singles, cancellationToken),
            Single => DrainAsync(name, "backlog_of_single_rows.sql", singles),
            _ => DrainAsync(name, "backlog_of_bulk_updates.sql", bulk),
        });
        var memory = Comparison.Of(
            new("peak memory of the Invalidator", "MB"),
            [.. peaks.Select(peak => (peak.Key, (IReadOnlyList<double>)peak.Value[1..]))]);

        run.Report($"changes to gone, {SustainedRate.Writers} writers at full speed: {rounds.Count} rounds of 3 contenders");
        var sustained = await Comparison.MeasureAsync(
            $"changes to gone, {SustainedRate.Writers} writers",
            "changes/s",
            [published.Name, polled.Name, lastMile.Name],
            rounds,
            SustainAsync);
        return new SectionResult("drain", [rates, memory, sustained], [], Targets(), Settings());

        async Task<double> DrainAsync(string name, string sql, int keys)
        {
            var (rate, peakMemory) = await drain.LastMileAsync(sql, keys, cancellationToken);
            peaks[name].Add(peakMemory);
            return rate;
        }

        async Task<double> SustainAsync(string name)
        {
            IContender contender = name == published.Name ? published : name == polled.Name ? polled : lastMile;
            var rate = await SustainedRate.MeasureAsync(
                contender, cached, rounds.Slice, contender == polled ? PolledChanges : SustainedChanges, cancellationToken);
            await system.AnnouncedAsync(cancellationToken);
            return rate;
        }

        Target[] Targets() =>
        [
            new("single rows, relative to the bare loop", rates.Of(Single).Ratio, 0.8, Bound.AtLeast, "×"),
            new(
                "single rows, relative to the best peer's sustained rate",
                rates.Of(Single).Median / Math.Max(sustained.Of(published.Name).Median, sustained.Of(polled.Name).Median),
                20,
                Bound.AtLeast,
                "×"),
            new("bulk, relative to the bare single-row loop", rates.Of(Bulk).Ratio, 500.0 / 90, Bound.AtLeast, "×"),
            new(
                "peak memory of the Invalidator",
                memory.Contenders.SelectMany(contender => contender.Samples).Max(),
                250,
                Bound.AtMost,
                "MB"),
        ];
    }

    private static Dictionary<string, string> Settings() => new(StringComparer.Ordinal)
    {
        ["bare claim loop"] = "two workers, 500 rows per claim, the purge script, commit; no rules, log, or bus",
        ["peers"] = RegionConsumers.Setup,
        ["polled outbox"] = PolledOutbox.Setup,
        ["Wolverine"] = Wolverine.Ratios,
    };
}
