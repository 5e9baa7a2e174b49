using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Topologies;
using StackExchange.Redis;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// Drops names whose purge the log has refused, in a region to which no replication brings purges. It proves nothing: the ledger and the
/// watermark wait for the purge that the log accepts.
/// </summary>
internal sealed partial class UnloggedPurges(
    RegionStore store, RedisConnection connection, RegionTopology topology, ILogger<UnloggedPurges> logger)
{
    /// <summary>Rejects names that contain null.</summary>
    /// <exception cref="ArgumentException">They do.</exception>
    public static void Check(UnloggedNames? names)
    {
        if (names is not null
            && (names.Keys is null || names.Tags is null || names.Keys.Any(key => key is null) || names.Tags.Any(tag => tag is null)))
            throw new ArgumentException("The unlogged keys or tags are missing or contain null.", nameof(names));
    }

    /// <summary>Drops names that <see cref="Check"/> has accepted. If the Redis does not answer, leaves them to the logged purge.</summary>
    public async Task DropAsync(UnloggedNames names)
    {
        if (!topology.MovesWatermark)
            return;
        try
        {
            var keys = connection.Keys;
            await store.DropUnloggedAsync(names with { Keys = [.. names.Keys.Where(key => !keys.IsReserved(key))] });
            Log.Dropped(logger, names.Keys.Count, names.Tags.Count);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException or NotSupportedException)
        {
            Log.Left(logger, names.Keys.Count, names.Tags.Count, failure.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "Dropped {Keys} keys and {Tags} tags whose purge is not in the log yet")]
        public static partial void Dropped(ILogger logger, int keys, int tags);

        [LoggerMessage(
            Level = LogLevel.Debug, Message = "{Keys} keys and {Tags} tags wait until their purge is in the log: {Reason}")]
        public static partial void Left(ILogger logger, int keys, int tags, string reason);
    }
}
