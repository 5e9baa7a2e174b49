using System.Globalization;
using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Telemetry;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// Drops the keys of purges by prefix. Scans the region's Redis in small steps, one purge at a time, and saves its position so that a
/// restarted agent resumes there.
/// </summary>
internal sealed partial class PrefixSweep(
    RegionStore store,
    PurgeLedger ledger,
    LeadershipState leadership,
    RegionAgentMetrics metrics,
    TimeProvider time,
    ILogger<PrefixSweep> logger) : BackgroundService
{
    private const int StepsPerCheckpoint = 50;
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    private volatile RegionScan? current;

    /// <summary>The running scan; null for none.</summary>
    public RegionScan? Current => current;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var outage = new Outage(
            time, reason => Log.Waits(logger, store.Address, reason), lasted => Log.Resumes(logger, store.Address, lasted.TotalSeconds));
        var retry = Retry.Forever(time, outage, RegionStore.IsDown);
        while (true)
        {
            await ledger.Scans.WaitAsync(PollInterval, stoppingToken);
            while (leadership.IsLeading && ledger.HasBegun && ledger.Scan() is { } purge)
                await retry.ExecuteAsync(async token => await SweepAsync(purge, token), stoppingToken);
        }
    }

    private async Task SweepAsync(PendingPurge purge, CancellationToken cancellationToken)
    {
        var era = ledger.Era;
        var position = SweepPosition.Read(await store.ReadScanAsync(), purge.Batch.BatchId);
        Log.Begins(logger, purge.Batch.Prefix!, purge.Batch.BatchId, position.Seen);
        for (var step = 1; position.Cursor.Length > 0 || step == 1; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!leadership.IsLeading)
            {
                current = null;
                return;
            }

            var (cursor, seen, dropped) = await store.ScanStepAsync(purge.Batch.Prefix!, position.Cursor);
            position = position with { Cursor = cursor, Seen = position.Seen + seen, Dropped = position.Dropped + dropped };
            current = new RegionScan(purge.Batch.BatchId, position.Seen, position.Dropped);
            if (step % StepsPerCheckpoint == 0)
                await store.WriteScanAsync(position.ToString());
        }

        await store.WriteScanAsync("");
        ledger.Done([purge], era);
        current = null;
        metrics.Scanned(position.Dropped);
        Log.Ends(logger, purge.Batch.Prefix!, purge.Batch.BatchId, position.Seen, position.Dropped);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Scanning for keys that begin with {Prefix}, for purge {Batch}; "
            + "{Seen} keys were scanned before")]
        public static partial void Begins(ILogger logger, string prefix, Guid batch, long seen);

        [LoggerMessage(Level = LogLevel.Information, Message = "Finished the scan for keys that begin with {Prefix}, for purge {Batch}: "
            + "scanned {Seen} keys and dropped {Dropped}")]
        public static partial void Ends(ILogger logger, string prefix, Guid batch, long seen, long dropped);

        [LoggerMessage(Level = LogLevel.Warning, Message = "A purge by prefix is waiting for the region's Redis {Address}: {Reason} "
            + "Check that it runs and that Redis:ConnectionString is right; the scan resumes when the Redis answers")]
        public static partial void Waits(ILogger logger, string address, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "A purge by prefix resumed on the region's Redis {Address} "
            + "after {Seconds:0.0} s")]
        public static partial void Resumes(ILogger logger, string address, double seconds);
    }
}

/// <summary>The position of a scan, saved in the region's Redis as <c>batch cursor seen dropped</c>.</summary>
internal sealed record SweepPosition(Guid Batch, string Cursor, long Seen, long Dropped)
{
    /// <summary>Parses a saved position; returns the beginning when it is missing, malformed, or of another batch.</summary>
    public static SweepPosition Read(string? saved, Guid batch)
    {
        var parts = saved?.Split(' ') ?? [];
        return parts.Length == 4 && Guid.TryParse(parts[0], out var savedBatch) && savedBatch == batch
            && long.TryParse(parts[2], CultureInfo.InvariantCulture, out var seen)
            && long.TryParse(parts[3], CultureInfo.InvariantCulture, out var dropped)
                ? new SweepPosition(batch, parts[1], seen, dropped)
                : new SweepPosition(batch, "", 0, 0);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Batch} {Cursor} {Seen} {Dropped}");
}
