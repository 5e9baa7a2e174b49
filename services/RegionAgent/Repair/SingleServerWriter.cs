using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Topologies;
using StackExchange.Redis;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>The agent's writes to a single server: one script call for a batch of purges.</summary>
internal sealed class SingleServerWriter(RedisConnection connection, RegionTopology topology) : IRegionWriter
{
    public async Task<Checkpoint> ReadCheckpointAsync() => await (await CheckpointsAsync()).ReadAsync();

    public async Task<Checkpoint> MoveCheckpointAsync(Checkpoint from, Watermark to, StreamErrors? stream) =>
        await (await CheckpointsAsync()).MoveAsync(from, to, stream);

    public async Task<DropResult> DropAsync(IReadOnlyList<PendingPurge> purges, int era) =>
        await DropAsync(await connection.DatabaseAsync(), connection.Keys, purges);

    /// <summary>Applies purges on a server, in calls that don't block it for long.</summary>
    /// <param name="database">A database of the server.</param>
    /// <param name="own">The names used there.</param>
    /// <param name="purges">The purges, the oldest first.</param>
    public static async Task<DropResult> DropAsync(IDatabase database, RedisKeys own, IReadOnlyList<PendingPurge> purges)
    {
        var script = new ApplyScript(database, own);
        var newest = purges.Max(purge => purge.Watermark);
        var dropped = purges.Any(purge => purge.Batch.Everything) ? await script.DropEverythingAsync() : 0;
        var names = PurgeScript.Calls(
            // The Invalidator rejects reserved keys, but a batch logged by an earlier version may contain one.
            purges.SelectMany(purge => purge.Batch.Keys).Where(key => !own.IsReserved(key)).Distinct(StringComparer.Ordinal),
            purges.SelectMany(purge => purge.Batch.Tags).Distinct(StringComparer.Ordinal));
        foreach (var (keys, tags) in names)
            dropped += await script.ApplyAsync(newest, keys, tags);
        return new DropResult(dropped, purges);
    }

    public async Task DropUnloggedAsync(UnloggedNames names)
    {
        var script = await ScriptAsync();
        foreach (var (keys, tags) in PurgeScript.Calls(names.Keys, names.Tags))
            await script.ApplyAsync(default, keys, tags);
    }

    public async Task<long> DropEverythingAsync() => await (await ScriptAsync()).DropEverythingAsync();

    public async Task<long> RestoreAsync(IReadOnlyCollection<string> tags) => await (await ScriptAsync()).RestoreAsync(tags);

    public async Task<(string Cursor, long Seen, long Dropped)> ScanStepAsync(string prefix, string cursor) =>
        await new PrefixScan(await connection.DatabaseAsync(), connection.Keys).StepAsync(prefix, cursor);

    public async Task<string?> ReadScanAsync() =>
        await new ScanCheckpoint(await connection.DatabaseAsync()).ReadAsync(connection.Keys.Scan);

    public async Task WriteScanAsync(string position) =>
        await new ScanCheckpoint(await connection.DatabaseAsync()).WriteAsync(connection.Keys.Scan, position);

    public async Task SetSoundAsync(TimeSpan timeToLive, string run) => await (await SoundAsync()).SetAsync(timeToLive, run);

    public async Task ClearSoundAsync() => await (await SoundAsync()).ClearAsync();

    private async Task<SoundMarker> SoundAsync() => new(await connection.DatabaseAsync(), connection.Keys);

    private async Task<ApplyScript> ScriptAsync() => new(await connection.DatabaseAsync(), connection.Keys);

    private async Task<RegionCheckpoints> CheckpointsAsync() =>
        new(await connection.DatabaseAsync(), connection.Keys, topology.MovesWatermark);
}
