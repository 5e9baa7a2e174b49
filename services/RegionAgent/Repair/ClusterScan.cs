using System.Security.Cryptography;
using System.Text;
using LastMile.Events.Hosting;
using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>
/// Scans every node of a cluster for the keys of a prefix, one node after the other, and again if slots have moved: a key that moved from a
/// node that was still to be scanned to one that had been would be missed. Its cursor is <c>node/layout/cursor of the node</c>.
/// </summary>
internal sealed class ClusterScan(RedisConnection connection, TimeProvider time)
{
    // A slot that moves for long must not keep the scan running without a pause.
    private static readonly TimeSpan MovingPause = TimeSpan.FromSeconds(1);

    /// <inheritdoc cref="IRegionWriter.ScanStepAsync"/>
    public async Task<(string Cursor, long Seen, long Dropped)> StepAsync(string prefix, string cursor)
    {
        var layout = await connection.LayoutAsync(isStale: cursor.Length == 0);
        var place = cursor.Split('/');
        // Processes drop what they hold at the first step, and at the last one what they have read since.
        if (cursor.Length == 0)
            await PublishAsync(layout);
        if (cursor.Length == 0)
            place = Begin(layout).Split('/');
        if (layout.Nodes.FirstOrDefault(node => node.Id == place[0]) is not { } node)
            return (Begin(layout), 0, 0);

        var (rest, seen, dropped) = await new PrefixScan(node).StepAsync(prefix, place[2]);
        if (rest.Length > 0)
            return ($"{node.Id}/{place[1]}/{rest}", seen, dropped);
        var next = layout.Nodes.FirstOrDefault(other => string.CompareOrdinal(other.Id, node.Id) > 0);
        return next is not null ? ($"{next.Id}/{place[1]}/", seen, dropped) : (await EndAsync(place[1]), seen, dropped);
    }

    private async Task<string> EndAsync(string began)
    {
        var layout = await connection.LayoutAsync(isStale: true);
        if (layout is { IsMoving: false, Uncovered: 0 } && Hash(layout) == began)
        {
            await PublishAsync(layout);
            return "";
        }

        if (layout is { IsMoving: true } or { Uncovered: > 0 })
            await Task.Delay(MovingPause, time);
        return Begin(layout);
    }

    private static Task PublishAsync(RedisLayout layout) =>
        Task.WhenAll(layout.Nodes.Select(node => node.PublishAsync(PurgeMessage.AllNames)));

    private static string Begin(RedisLayout layout) => $"{layout.Nodes[0].Id}/{Hash(layout)}/";

    private static string Hash(RedisLayout layout) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(layout.Version)).AsSpan(0, 8));
}
