using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace LastMile.Events.Caching.Telemetry;

/// <summary>The cache's metrics (meter <c>LastMile</c>) and traces (source <c>LastMile</c>), as the services name theirs.</summary>
internal sealed class CacheMetrics : IDisposable
{
    private const string Name = "LastMile";

    private static readonly KeyValuePair<string, object?> FromMemory = new("level", "memory");
    private static readonly KeyValuePair<string, object?> FromRegion = new("level", "region");
    private static readonly KeyValuePair<string, object?> FromSource = new("level", "source");

    private readonly Meter meter;
    private readonly Counter<long> reads;
    private readonly Counter<long> fills;
    private readonly Histogram<double> waits;

    /// <summary>Creates the instruments.</summary>
    /// <param name="meters">The application's meters; null if it has none.</param>
    /// <param name="feedAge">Returns the seconds since the last proof that this process receives purges; null for none.</param>
    /// <param name="memory">Returns the bytes that values take in this process.</param>
    public CacheMetrics(IMeterFactory? meters, Func<double?> feedAge, Func<long> memory)
    {
        meter = meters?.Create(Name) ?? new Meter(Name);
        reads = meter.CreateCounter<long>("lastmile.cache.reads", "{read}", "Reads, by the level that had the value.");
        fills = meter.CreateCounter<long>("lastmile.cache.fills", "{fill}", "Loaded values, by what became of them in the region's Redis.");
        waits = meter.CreateHistogram<double>("lastmile.cache.lease.wait", "s", "Time that reads waited for another reader's load.");
        meter.CreateObservableGauge(
            "lastmile.cache.feed.age",
            () => feedAge() is { } age ? [new Measurement<double>(age)] : Array.Empty<Measurement<double>>(),
            "s",
            "Time since the last proof that this process receives the region's purges. No value while it does not.");
        meter.CreateObservableGauge("lastmile.cache.memory", memory, "By", "Memory that values take in this process.");
    }

    /// <summary>Traces loads.</summary>
    public static ActivitySource Traces { get; } = new(Name);

    public void ReadFromMemory()
    {
        if (reads.Enabled)
            reads.Add(1, FromMemory);
    }

    public void ReadFromRegion() => reads.Add(1, FromRegion);

    public void ReadFromSource() => reads.Add(1, FromSource);

    /// <summary>Records what became of a loaded value.</summary>
    /// <param name="result">Such as <c>stored</c>, <c>purged</c>, <c>tag-purged</c> or <c>not-reserved</c>.</param>
    public void Filled(string result) => fills.Add(1, new KeyValuePair<string, object?>("result", result));

    public void Waited(TimeSpan time) => waits.Record(time.TotalSeconds);

    /// <inheritdoc/>
    public void Dispose() => meter.Dispose();
}
