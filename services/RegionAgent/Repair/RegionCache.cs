using LastMile.Events.Hosting;
using LastMile.Events.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>The region's Redis as the agent writes to it: drops what purges name, and notes how far it is.</summary>
internal sealed class RegionCache(RedisConnection connection, IOptions<RegionOptions> options)
{
    private readonly bool independent = options.Value.Topology == Topology.Independent;

    /// <summary>Its address, for people.</summary>
    public string Address => connection.ToString();

    // An independent region's watermark is the agent's to move; on a replica it is replication's proof.
    private RedisKey AppliedKey => independent ? connection.Keys.Watermark : connection.Keys.Applied;

    /// <summary>Up to where the agent that worked before had everything done; <c>default</c> when none has noted it.</summary>
    public async Task<Watermark> ReadAppliedAsync() =>
        Watermark.TryParse(await (await MarksAsync()).ReadAsync(AppliedKey), out var applied) ? applied : default;

    /// <summary>Notes up to where everything is done.</summary>
    public async Task WriteAppliedAsync(Watermark applied)
    {
        if (independent)
            await (await ScriptAsync()).ApplyAsync(applied, [], [], movesWatermark: true);
        else
            await (await MarksAsync()).WriteAsync(AppliedKey, applied.ToString());
    }

    /// <summary>Drops what purges name, in calls that don't hold the server for long.</summary>
    /// <returns>How many keys were there.</returns>
    public async Task<long> DropAsync(IReadOnlyCollection<PendingPurge> purges)
    {
        var script = await ScriptAsync();
        var newest = purges.Max(purge => purge.Watermark);
        var dropped = purges.Any(purge => purge.Batch.Everything) ? await script.DropEverythingAsync(newest, movesWatermark: false) : 0;
        var names = PurgeScript.Calls(
            purges.SelectMany(purge => purge.Batch.Keys).Distinct(StringComparer.Ordinal),
            purges.SelectMany(purge => purge.Batch.Tags).Distinct(StringComparer.Ordinal));
        foreach (var (keys, tags) in names)
            dropped += await script.ApplyAsync(newest, keys, tags, movesWatermark: false);
        return dropped;
    }

    /// <summary>Drops the whole cache.</summary>
    /// <returns>How many keys there were.</returns>
    public async Task<long> DropEverythingAsync(Watermark batch) => await (await ScriptAsync()).DropEverythingAsync(batch, movesWatermark: false);

    /// <summary>A scan for the keys of a prefix.</summary>
    public async Task<PrefixScan> ScanAsync() => new(await connection.DatabaseAsync(), connection.Keys);

    /// <summary>Where a scan is; null when none was left unfinished.</summary>
    public async Task<string?> ReadScanAsync() => await (await MarksAsync()).ReadAsync(connection.Keys.Scan);

    /// <summary>Notes where a scan is.</summary>
    /// <param name="note">The note; empty when it is done.</param>
    public async Task WriteScanAsync(string note) => await (await MarksAsync()).WriteAsync(connection.Keys.Scan, note);

    private async Task<ApplyScript> ScriptAsync() => new(await connection.DatabaseAsync(), connection.Keys);

    private async Task<RegionMarks> MarksAsync() => new(await connection.DatabaseAsync());
}
