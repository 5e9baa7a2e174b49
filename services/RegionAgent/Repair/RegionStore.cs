using LastMile.Events.Hosting;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Topologies;
using StackExchange.Redis;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>The agent's writes to the region's Redis: purges and checkpoints.</summary>
internal sealed class RegionStore(RedisConnection connection, RegionTopology topology)
{
    /// <summary>The server's address, for log messages.</summary>
    public string Address => connection.ToString();

    /// <summary>Returns the checkpoint of the previous agent.</summary>
    public async Task<Checkpoint> ReadCheckpointAsync() => await (await CheckpointsAsync()).ReadAsync();

    /// <summary>Returns whether a failure means that the Redis does not answer. The health check logs such failures.</summary>
    public static bool IsDown(Exception failure) => failure is RedisConnectionException;

    /// <inheritdoc cref="RegionCheckpoints.MoveAsync"/>
    public async Task<Checkpoint> MoveCheckpointAsync(Checkpoint from, Watermark to, StreamErrors? stream) =>
        await (await CheckpointsAsync()).MoveAsync(from, to, stream);

    /// <summary>Applies purges, in calls that don't block the server for long.</summary>
    /// <returns>The number of keys that existed.</returns>
    public async Task<long> DropAsync(IReadOnlyCollection<PendingPurge> purges)
    {
        var script = await ScriptAsync();
        var newest = purges.Max(purge => purge.Watermark);
        var dropped = purges.Any(purge => purge.Batch.Everything) ? await script.DropEverythingAsync() : 0;
        var names = PurgeScript.Calls(
            // The Invalidator rejects reserved keys, but a batch logged by an earlier version may contain one.
            purges.SelectMany(purge => purge.Batch.Keys).Where(key => !connection.Keys.IsReserved(key)).Distinct(StringComparer.Ordinal),
            purges.SelectMany(purge => purge.Batch.Tags).Distinct(StringComparer.Ordinal));
        foreach (var (keys, tags) in names)
            dropped += await script.ApplyAsync(newest, keys, tags);
        return dropped;
    }

    /// <summary>Drops the whole cache.</summary>
    /// <returns>The number of keys dropped.</returns>
    public async Task<long> DropEverythingAsync() => await (await ScriptAsync()).DropEverythingAsync();

    /// <inheritdoc cref="ApplyScript.RestoreAsync"/>
    public async Task<long> RestoreAsync(IReadOnlyCollection<string> tags) => await (await ScriptAsync()).RestoreAsync(tags);

    /// <summary>Returns a scan for the keys of a prefix.</summary>
    public async Task<PrefixScan> ScanAsync() => new(await connection.DatabaseAsync(), connection.Keys);

    /// <summary>Returns the saved position of an unfinished scan; null for none.</summary>
    public async Task<string?> ReadScanAsync() => await (await ScanCheckpointAsync()).ReadAsync(connection.Keys.Scan);

    /// <summary>Saves the position of a scan.</summary>
    /// <param name="position">The position; empty when the scan is complete.</param>
    public async Task WriteScanAsync(string position) => await (await ScanCheckpointAsync()).WriteAsync(connection.Keys.Scan, position);

    /// <summary>Reports for a time that readers may use the region's cache.</summary>
    public async Task SetSoundAsync(TimeSpan timeToLive) => await (await SoundAsync()).SetAsync(timeToLive);

    /// <summary>Withdraws the report that readers may use the region's cache.</summary>
    public async Task ClearSoundAsync() => await (await SoundAsync()).ClearAsync();

    private async Task<SoundMarker> SoundAsync() => new(await connection.DatabaseAsync(), connection.Keys);

    private async Task<ApplyScript> ScriptAsync() => new(await connection.DatabaseAsync(), connection.Keys);

    private async Task<ScanCheckpoint> ScanCheckpointAsync() => new(await connection.DatabaseAsync());

    private async Task<RegionCheckpoints> CheckpointsAsync() =>
        new(await connection.DatabaseAsync(), connection.Keys, topology.MovesWatermark);
}
