using System.Globalization;
using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Leadership;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// Drops the keys of purges by prefix: looks through the region's Redis in small steps, one purge after the other, and notes where it
/// is, so that a restart takes it up there.
/// </summary>
internal sealed partial class PrefixSweep(
    RegionStore cache, PurgeLedger ledger, LeadershipState leadership, RegionAgentMetrics metrics, TimeProvider time, ILogger<PrefixSweep> logger) : BackgroundService
{
    private const int StepsBetweenNotes = 50;
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private volatile RegionScan? current;

    /// <summary>The scan that is under way; null for none.</summary>
    public RegionScan? Current => current;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var outage = new Outage(time, reason => Log.Waits(logger, cache.Address, reason), lasted => Log.Resumes(logger, cache.Address, lasted.TotalSeconds));
        var retry = Retry.Forever(time, outage, RegionStore.IsAway);
        while (true)
        {
            await ledger.Scans.WaitAsync(LookInterval, stoppingToken);
            while (leadership.IsLeading && ledger.HasBegun && ledger.Scan() is { } purge)
                await retry.ExecuteAsync(async token => await SweepAsync(purge, token), stoppingToken);
        }
    }

    private async Task SweepAsync(PendingPurge purge, CancellationToken cancellationToken)
    {
        var era = ledger.Era;
        var scan = await cache.ScanAsync();
        var place = SweepPlace.Read(await cache.ReadScanAsync(), purge.Batch.BatchId);
        Log.Begins(logger, purge.Batch.Prefix!, purge.Batch.BatchId, place.Seen);
        for (var step = 1; place.Cursor.Length > 0 || step == 1; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!leadership.IsLeading)
            {
                current = null;
                return;
            }

            var (cursor, seen, dropped) = await scan.StepAsync(purge.Batch.Prefix!, place.Cursor);
            place = place with { Cursor = cursor, Seen = place.Seen + seen, Dropped = place.Dropped + dropped };
            current = new RegionScan(purge.Batch.BatchId, place.Seen, place.Dropped);
            if (step % StepsBetweenNotes == 0)
                await cache.WriteScanAsync(place.ToString());
        }

        await cache.WriteScanAsync("");
        ledger.Done([purge], era);
        current = null;
        metrics.Scanned(place.Dropped);
        Log.Ends(logger, purge.Batch.Prefix!, purge.Batch.BatchId, place.Seen, place.Dropped);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Looking for keys that begin with {Prefix}, for purge {Batch}, from the {Seen}th on")]
        public static partial void Begins(ILogger logger, string prefix, Guid batch, long seen);

        [LoggerMessage(Level = LogLevel.Information, Message = "Keys that begin with {Prefix} are gone, for purge {Batch}: of {Seen} keys {Dropped} were dropped")]
        public static partial void Ends(ILogger logger, string prefix, Guid batch, long seen, long dropped);

        [LoggerMessage(Level = LogLevel.Warning, Message = "A purge by prefix waits for the region's Redis {Address}: {Reason} Check that it runs and that Redis:ConnectionString is right; the purge goes on where it was when the Redis answers")]
        public static partial void Waits(ILogger logger, string address, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "A purge by prefix has gone on in the region's Redis {Address} after a wait of {Seconds:0.0} s")]
        public static partial void Resumes(ILogger logger, string address, double seconds);
    }
}

/// <summary>Where a scan is, as noted in the region's Redis: <c>batch cursor seen dropped</c>.</summary>
internal sealed record SweepPlace(Guid Batch, string Cursor, long Seen, long Dropped)
{
    /// <summary>Reads a note; the beginning, where it is of another batch or none.</summary>
    public static SweepPlace Read(string? note, Guid batch)
    {
        var parts = note?.Split(' ') ?? [];
        return parts.Length == 4 && Guid.TryParse(parts[0], out var noted) && noted == batch
            && long.TryParse(parts[2], CultureInfo.InvariantCulture, out var seen)
            && long.TryParse(parts[3], CultureInfo.InvariantCulture, out var dropped)
                ? new SweepPlace(batch, parts[1], seen, dropped)
                : new SweepPlace(batch, "", 0, 0);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Batch} {Cursor} {Seen} {Dropped}");
}
