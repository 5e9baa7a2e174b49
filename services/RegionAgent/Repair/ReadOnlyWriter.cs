using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Ledger;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// The agent's writes for a read-only region. They go to the primary, and reach the region by replication. Other regions share that
/// primary, so the names contain the region, or the run of its server.
/// </summary>
internal sealed class ReadOnlyWriter(RedisConnection region, RegionPrimary primary, IOptions<RegionOptions> options, TimeProvider time)
    : IRegionWriter
{
    private static readonly TimeSpan ReplicationTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public RegionPrimary Primary => primary;

    private string Checkpoint => Named(primary.Keys.Applied);

    private string Scan => Named(primary.Keys.Scan);

    public async Task<Checkpoint> ReadCheckpointAsync()
    {
        var parts = (await primary.CallAsync(database => database.StringGetAsync(Checkpoint))).ToString().Split(' ');
        return new Checkpoint(Watermark.TryParse(parts[0], out var applied) ? applied : default, "")
        {
            Stream = StreamErrors.TryParse(parts[^1], out var errors) ? errors : null,
        };
    }

    // No comparison is necessary, because the watermark proves the purges: with an older checkpoint the agent only reads more of the log.
    public async Task<Checkpoint> MoveCheckpointAsync(Checkpoint from, Watermark to, StreamErrors? stream)
    {
        await primary.CallAsync(database => database.ExecuteAsync("SET", Checkpoint, $"{to} {stream}"));
        return new Checkpoint(to, from.Run) { Stream = stream };
    }

    // Only purges that the region's Redis has refused: the agent applies no late purge.
    public async Task<DropResult> DropAsync(IReadOnlyList<PendingPurge> purges, int era)
    {
        var result = await primary.CallAsync(database => SingleServerWriter.DropAsync(database, primary.Keys, purges));
        await ReplicatedAsync();
        return result;
    }

    // Replication has brought them: the primary purges before the log is written.
    public Task DropUnloggedAsync(UnloggedNames names) => Task.CompletedTask;

    // Drops the cache of all regions of this primary.
    public async Task<long> DropEverythingAsync()
    {
        var dropped = await primary.CallAsync(database => new ApplyScript(database, primary.Keys).DropEverythingAsync());
        await ReplicatedAsync();
        return dropped;
    }

    public Task<long> RestoreAsync(IReadOnlyCollection<string> tags) =>
        primary.CallAsync(database => new ApplyScript(database, primary.Keys).RestoreAsync(tags));

    // Scans the region, which is next to the agent, and drops at the primary. Before the scan, the region must have received every key
    // that the primary had at the purge, and after it every drop.
    public async Task<(string Cursor, long Seen, long Dropped)> ScanStepAsync(string prefix, string cursor)
    {
        if (cursor.Length == 0)
            await PublishAllAsync();
        var (next, seen, found) = await new PrefixScan(await region.DatabaseAsync(), region.Keys).FindAsync(prefix, cursor);
        var dropped = 0L;
        foreach (var (keys, _) in PurgeScript.Calls(found, []))
            dropped += await primary.CallAsync(database => new ApplyScript(database, primary.Keys).ApplyAsync(default, keys, []));
        if (next.Length == 0)
            await PublishAllAsync();
        return (next, seen, dropped);
    }

    public Task<string?> ReadScanAsync() => primary.CallAsync(database => new ScanCheckpoint(database).ReadAsync(Scan));

    public Task WriteScanAsync(string position) => primary.CallAsync(async database =>
    {
        await new ScanCheckpoint(database).WriteAsync(Scan, position);
        return true;
    });

    // The marker counts in this run of the region's server only. It expires by that server's clock, because readers read it there.
    public async Task SetSoundAsync(TimeSpan timeToLive, string run)
    {
        var current = await ServerRun.ReadAsync(await region.ServerAsync());
        if (run.Length > 0 && run != current.Id)
            return;
        var expiresAt = (current.Now + timeToLive).ToUnixTimeMilliseconds();
        await primary.CallAsync(database =>
            database.ExecuteAsync("SET", primary.Keys.SoundIn(current.Id), "1", "PXAT", expiresAt));
    }

    public async Task ClearSoundAsync()
    {
        var current = await ServerRun.ReadAsync(await region.ServerAsync());
        await primary.CallAsync(database => database.ExecuteAsync("UNLINK", primary.Keys.SoundIn(current.Id)));
    }

    // Processes drop everything that they have in memory, because it may have a name that the region does not hold.
    private async Task PublishAllAsync()
    {
        await primary.CallAsync(database => database.PublishAsync(primary.Keys.PurgeChannel, $"1 - - {PurgeMessage.AllNames}"));
        await ReplicatedAsync();
    }

    // Waits until the region has received everything that the primary had at the call, and with it a key that only this call uses.
    private async Task ReplicatedAsync()
    {
        var name = Named(primary.Keys.Scan) + $":{Guid.NewGuid():N}";
        var expiry = (long)(2 * ReplicationTimeout).TotalMilliseconds;
        await primary.CallAsync(database => database.ExecuteAsync("SET", name, "1", "PX", expiry));
        var replica = await region.DatabaseAsync();
        var begun = time.GetTimestamp();
        while ((await replica.StringGetAsync(name)).IsNull)
        {
            if (time.GetElapsedTime(begun) > ReplicationTimeout)
            {
                throw new TimeoutException(
                    $"The region's Redis {region} has not received what the agent wrote to its primary {primary} "
                        + $"{ReplicationTimeout.TotalSeconds:0} s ago. Check the replication link.");
            }

            await Task.Delay(Pause, time);
        }
    }

    private string Named(RedisKey name) => $"{name}:{options.Value.Name}";
}
