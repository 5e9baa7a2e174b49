using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Topologies;
using StackExchange.Redis;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>The agent's writes to the region's Redis: purges and checkpoints.</summary>
internal sealed class RegionStore(
    RedisConnection connection,
    RegionTopology topology,
    SingleServerWriter server,
    ClusterWriter cluster,
    ReadOnlyWriter? readOnly = null) : IRegionWriter
{
    /// <summary>The server's address, for log messages; with the primary's if the agent writes there.</summary>
    public string Address => readOnly is null ? connection.ToString() : $"{connection} or its primary {readOnly.Primary}";

    /// <summary>Returns whether a failure means that the Redis does not answer. The health check logs such failures.</summary>
    public static bool IsDown(Exception failure) => failure is RedisConnectionException
        || (failure is RedisServerException && failure.Message.StartsWith("CLUSTERDOWN", StringComparison.Ordinal));

    public async Task<Checkpoint> ReadCheckpointAsync() => await (await WriterAsync()).ReadCheckpointAsync();

    public async Task<Checkpoint> MoveCheckpointAsync(Checkpoint from, Watermark to, StreamErrors? stream) =>
        await (await WriterAsync()).MoveCheckpointAsync(from, to, stream);

    public async Task<DropResult> DropAsync(IReadOnlyList<PendingPurge> purges, int era) =>
        await (await WriterAsync()).DropAsync(purges, era);

    public async Task DropUnloggedAsync(UnloggedNames names) => await (await WriterAsync()).DropUnloggedAsync(names);

    public async Task<long> DropEverythingAsync() => await (await WriterAsync()).DropEverythingAsync();

    public async Task<long> RestoreAsync(IReadOnlyCollection<string> tags) => await (await WriterAsync()).RestoreAsync(tags);

    public async Task<(string Cursor, long Seen, long Dropped)> ScanStepAsync(string prefix, string cursor) =>
        await (await WriterAsync()).ScanStepAsync(prefix, cursor);

    public async Task<string?> ReadScanAsync() => await (await WriterAsync()).ReadScanAsync();

    public async Task WriteScanAsync(string position) => await (await WriterAsync()).WriteScanAsync(position);

    public async Task SetSoundAsync(TimeSpan timeToLive, string run) =>
        await (await WriterAsync()).SetSoundAsync(timeToLive, run);

    public async Task ClearSoundAsync() => await (await WriterAsync()).ClearSoundAsync();

    private async Task<IRegionWriter> WriterAsync()
    {
        if (!(await connection.LayoutAsync()).IsCluster)
            return readOnly is null ? server : readOnly;
        return topology.ClusterRefusal(connection.ToString()) is { } refusal ? throw new NotSupportedException(refusal) : cluster;
    }
}
