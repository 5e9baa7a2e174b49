using System.Diagnostics.Metrics;
using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Redis;

namespace LastMile.Events.Invalidator.Telemetry;

/// <summary>The Invalidator's metrics.</summary>
internal sealed class InvalidatorMetrics
{
    private readonly Counter<long> rowsRelayed;
    private readonly Counter<long> rowsQuarantined;
    private readonly Counter<long> relayFailures;
    private readonly Histogram<double> outboxAge;
    private readonly Counter<long> keysPurged;
    private readonly Counter<long> tagsPurged;
    private readonly Counter<long> batchesPurged;
    private readonly Counter<long> announcementFailures;
    private readonly Gauge<int> captureFindings;
    private readonly Gauge<long> generations;
    private readonly Counter<long> generationsCollected;
    private readonly Gauge<long> primaryMemory;
    private readonly Gauge<long> primaryMemoryLimit;

    public InvalidatorMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(ServiceDefaults.Telemetry);
        rowsRelayed = meter.CreateCounter<long>("lastmile.outbox.relayed", "{row}", "Outbox rows purged");
        rowsQuarantined = meter.CreateCounter<long>("lastmile.outbox.quarantined", "{row}", "Outbox rows that could not be interpreted");
        relayFailures = meter.CreateCounter<long>("lastmile.outbox.failures", "{claim}", "Claims that failed and were retried");
        outboxAge = meter.CreateHistogram<double>(
            "lastmile.outbox.age", "ms", "Time from the change, by the database's clock, to its purge, by the Invalidator's clock");
        keysPurged = meter.CreateCounter<long>("lastmile.purge.keys", "{key}", "Keys dropped");
        tagsPurged = meter.CreateCounter<long>("lastmile.purge.tags", "{tag}", "Tags renewed");
        batchesPurged = meter.CreateCounter<long>("lastmile.purge.batches", "{batch}", "Script calls on the primary");
        announcementFailures = meter.CreateCounter<long>(
            "lastmile.purge.unannounced", "{batch}", "Batches that could not be announced immediately");
        captureFindings = meter.CreateGauge<int>("lastmile.capture.findings", "{finding}", "Findings of the last audit of capture");
        generations = meter.CreateGauge<long>(
            "lastmile.tags.generations", "{tag}", "Tag generations on the primary after this Invalidator's last collection");
        generationsCollected = meter.CreateCounter<long>(
            "lastmile.tags.collected", "{tag}", "Tag generations deleted on the primary because no cache entry is that old");
        primaryMemory = meter.CreateGauge<long>(
            "lastmile.primary.memory", "By", "Memory that the primary uses, as counted against maxmemory");
        primaryMemoryLimit = meter.CreateGauge<long>("lastmile.primary.memory.limit", "By", "The primary's maxmemory; 0 for none");
    }

    public void Collected(long deleted, long left)
    {
        generationsCollected.Add(deleted);
        generations.Record(left);
    }

    public void PrimaryUses(MemoryInfo memory)
    {
        primaryMemory.Record(memory.Used);
        primaryMemoryLimit.Record(memory.Limit);
    }

    public void Relayed(IReadOnlyList<OutboxRow> rows, int quarantined, DateTimeOffset now)
    {
        rowsRelayed.Add(rows.Count);
        rowsQuarantined.Add(quarantined);
        outboxAge.Record((now.UtcDateTime - rows[0].CreatedAt).TotalMilliseconds);
    }

    public void RelayFailed() => relayFailures.Add(1);

    public void Purged(PurgeBatch batch)
    {
        batchesPurged.Add(1);
        keysPurged.Add(batch.Keys.Length);
        tagsPurged.Add(batch.Tags.Length);
    }

    public void Audited(int findings) => captureFindings.Record(findings);

    public void AnnouncementFailed(int batches) => announcementFailures.Add(batches);
}
