using LastMile.Events.Caching.Region;
using LastMile.Events.Caching.Timing;
using LastMile.Events.Redis;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace LastMile.Events.Caching.Purges;

/// <summary>
/// Whether the region's agent reports that purges arrive in time (<see cref="SoundMarker"/>). If it does not, every read loads its value.
/// Also compares the region's watermark with the purges that this process received.
/// </summary>
/// <remarks>
/// In a cluster each node has a report of its own, which holds the run of its server. So a replica that has replaced a node is not sound
/// until the agent has applied again what the replica may lack.
/// </remarks>
internal sealed partial class RegionSoundness(
    RegionConnection connection,
    RegionConnection? primary,
    PurgeFeed feed,
    IOptions<LastMileCacheOptions> options,
    TimeProvider time,
    ILogger<RegionSoundness> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan PrimaryTimeout = TimeSpan.FromSeconds(2);

    private readonly bool isRequired = options.Value.RequireAgent;
    private bool isUnsound;

    /// <summary>Whether the server that this process receives purges from is sound.</summary>
    public bool Holds => !isRequired || feed.Shard is { Soundness.Holds: true };

    /// <summary>Returns whether the nodes that hold some names are sound.</summary>
    /// <param name="hashSlots">The hash slots of the names in a cluster; none for a single server.</param>
    public bool HoldsFor(ReadOnlySpan<int> hashSlots)
    {
        if (!isRequired || hashSlots.IsEmpty)
            return Holds;
        foreach (var slot in hashSlots)
        {
            if (connection.Shards?.Of(slot) is not { Soundness.Holds: true })
                return false;
        }

        return true;
    }

    /// <summary>
    /// Returns the time at which the trust in a value in memory ends unless the agent repeats its reports, by the
    /// <see cref="CoarseClock"/>.
    /// </summary>
    /// <param name="hashSlots">As for <see cref="HoldsFor"/>.</param>
    public long EndsAt(int[] hashSlots)
    {
        if (!isRequired)
            return long.MaxValue;
        var end = feed.Shard?.Soundness.EndsAt ?? long.MinValue;
        foreach (var slot in hashSlots)
            end = Math.Min(end, connection.Shards?.Of(slot)?.Soundness.EndsAt ?? long.MinValue);
        return end;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await OpenPrimaryAsync(stoppingToken).ConfigureAwait(false);
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await connection.OpenAsync(stoppingToken).ConfigureAwait(false);
                await ReadAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (Exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The trust ends by itself. The purge feed and the reads report the outage.
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    // Before the first read needs it. Entries of the replica are used without it, so don't wait for long.
    private async Task OpenPrimaryAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (primary is not null)
                await primary.OpenAsync(cancellationToken).WaitAsync(PrimaryTimeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The reads report the outage, and the next one connects.
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        if (connection.Shards is not { } map)
            return;
        var database = connection.Database;
        var reads = await Task.WhenAll(map.Shards.Select(shard => ReadAsync(database, shard))).ConfigureAwait(false);
        var subscribed = Array.Find(reads, read => read is not null && read.Shard == feed.Shard);
        if (subscribed is null)
            return;
        Report(!subscribed.IsSound);
        await feed.CompareAsync(subscribed.Watermark, cancellationToken).ConfigureAwait(false);
    }

    private async Task<ShardRead?> ReadAsync(IDatabase database, Shard shard)
    {
        try
        {
            var requestedAt = time.GetTimestamp();
            var (isSound, watermark) = await new SoundMarker(database, shard.Names).ReadAsync().ConfigureAwait(false);
            if (isSound)
                shard.Soundness.Prove(requestedAt);
            else
                shard.Soundness.End();
            return new ShardRead(shard, isSound, watermark);
        }
        catch (Exception failure) when (failure is RedisException or RedisCommandException or TimeoutException)
        {
            // The trust in this node ends by itself, and the other nodes can still be used.
            return null;
        }
    }

    private void Report(bool unsound)
    {
        if (unsound && !isUnsound && isRequired)
            Log.Unsound(logger, connection.ToString());
        else if (!unsound && isUnsound)
            Log.Sound(logger, connection.ToString());
        isUnsound = unsound;
    }

    private sealed record ShardRead(Shard Shard, bool IsSound, Watermark Watermark);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The agent of the region's Redis {Address} has not reported that purges "
            + "arrive in time, so each read loads its value. Check that the agent runs, and its /status. "
            + "Without agents, set RequireAgent to false")]
        public static partial void Unsound(ILogger logger, string address);

        [LoggerMessage(Level = LogLevel.Information, Message = "Purges arrive in time on the region's Redis {Address} again")]
        public static partial void Sound(ILogger logger, string address);
    }
}
