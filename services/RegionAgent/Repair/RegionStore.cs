using LastMile.Events.Hosting;
using LastMile.Events.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>The region's Redis as the agent writes to it: drops what purges name, and keeps how far the agent is.</summary>
internal sealed class RegionStore(RedisConnection connection, IOptions<RegionOptions> options)
{
    // An independent region's watermark is the agent's to move; on a replica it is replication's proof.
    private readonly bool independent = options.Value.Topology == Topology.Independent;

    /// <summary>Its address, for people.</summary>
    public string Address => connection.ToString();

    /// <summary>How far the agent is that worked before.</summary>
    public async Task<Checkpoint> ReadCheckpointAsync() => await (await CheckpointsAsync()).ReadAsync();

    /// <summary>Whether a failure says that the Redis does not answer. Its health check logs that.</summary>
    public static bool IsAway(Exception failure) => failure is RedisConnectionException;

    /// <inheritdoc cref="RegionCheckpoints.MoveAsync"/>
    public async Task<Checkpoint> MoveCheckpointAsync(Checkpoint from, Watermark to, StreamErrors? stream) =>
        await (await CheckpointsAsync()).MoveAsync(from, to, stream);

    /// <summary>Drops what purges name, in calls that don't hold the server for long.</summary>
    /// <returns>How many keys were there.</returns>
    public async Task<long> DropAsync(IReadOnlyCollection<PendingPurge> purges)
    {
        var script = await ScriptAsync();
        var newest = purges.Max(purge => purge.Watermark);
        var dropped = purges.Any(purge => purge.Batch.Everything) ? await script.DropEverythingAsync() : 0;
        var names = PurgeScript.Calls(
            // The Invalidator refuses reserved keys; a batch that an earlier version logged may hold one.
            purges.SelectMany(purge => purge.Batch.Keys).Where(key => !connection.Keys.IsReserved(key)).Distinct(StringComparer.Ordinal),
            purges.SelectMany(purge => purge.Batch.Tags).Distinct(StringComparer.Ordinal));
        foreach (var (keys, tags) in names)
            dropped += await script.ApplyAsync(newest, keys, tags);
        return dropped;
    }

    /// <summary>Drops the whole cache.</summary>
    /// <returns>How many keys there were.</returns>
    public async Task<long> DropEverythingAsync() => await (await ScriptAsync()).DropEverythingAsync();

    /// <inheritdoc cref="ApplyScript.RestoreAsync"/>
    public async Task<long> RestoreAsync(IReadOnlyCollection<string> tags) => await (await ScriptAsync()).RestoreAsync(tags);

    /// <summary>A scan for the keys of a prefix.</summary>
    public async Task<PrefixScan> ScanAsync() => new(await connection.DatabaseAsync(), connection.Keys);

    /// <summary>Where a scan is; null when none was left unfinished.</summary>
    public async Task<string?> ReadScanAsync() => await (await ScanCheckpointAsync()).ReadAsync(connection.Keys.Scan);

    /// <summary>Notes where a scan is.</summary>
    /// <param name="note">The note; empty when it is done.</param>
    public async Task WriteScanAsync(string note) => await (await ScanCheckpointAsync()).WriteAsync(connection.Keys.Scan, note);

    private async Task<ApplyScript> ScriptAsync() => new(await connection.DatabaseAsync(), connection.Keys);

    private async Task<ScanCheckpoint> ScanCheckpointAsync() => new(await connection.DatabaseAsync());

    private async Task<RegionCheckpoints> CheckpointsAsync() => new(await connection.DatabaseAsync(), connection.Keys, independent);
}
