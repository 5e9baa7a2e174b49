using LastMile.Events.Hosting;
using LastMile.Events.Redis;
using StackExchange.Redis;

namespace LastMile.Events.RegionAgent.Observed;

/// <summary>Samples the region's Redis: the only server, or every primary node of a cluster.</summary>
internal sealed class RegionSampler(RedisConnection connection, ClusterHistory history)
{
    // Less than the observer's own limit, so that the failure names the node. Enough for a slow link.
    private static readonly TimeSpan NodeTimeout = TimeSpan.FromMilliseconds(900);

    private volatile bool needsLayout;

    /// <summary>Whether the last sample was of a cluster.</summary>
    public bool IsCluster { get; private set; }

    /// <summary>Reads the values that change with purges; null while a slot of LastMile's own names moves to another node.</summary>
    /// <exception cref="RedisException">A server did not answer.</exception>
    public async Task<RegionSample?> SampleAsync()
    {
        var layout = await LayoutAsync();
        if (!layout.IsCluster)
            return await new SampleScript(layout.Nodes[0]).SampleAsync();
        return await OnEachAsync(layout, node => new SampleScript(node).SampleAsync()) is { } samples
            ? history.Combine(layout, samples)
            : null;
    }

    /// <summary>Reads the same values, plus the facts of the server; and the warning of the first server that has one.</summary>
    /// <exception cref="RedisException">A server did not answer.</exception>
    public async Task<(RegionObservation Seen, string? Warning)> ObserveAsync()
    {
        var layout = await LayoutAsync();
        if (!layout.IsCluster)
        {
            var only = await new SampleScript(layout.Nodes[0]).ObserveAsync();
            return (only, ServerWarning.Of(only.Server, connection.ToString()));
        }

        if (layout.Uncovered > 0)
            throw new RedisException($"No reachable node of the cluster serves {layout.Uncovered} of the {HashSlot.Count} slots.");
        var seen = await OnEachAsync(layout, node => new SampleScript(node).ObserveAsync())
            ?? await OnEachAsync(layout, node => SampleScript.ObserveWithoutDataAsync(node.Server!));
        return (Combine(layout, seen!), layout.Nodes.Zip(seen!).Select(pair => ServerWarning.Of(pair.Second.Server, $"{pair.First}"))
            .FirstOrDefault(warning => warning is not null));
    }

    private async Task<RedisLayout> LayoutAsync()
    {
        var layout = await connection.LayoutAsync(needsLayout);
        (needsLayout, IsCluster) = (false, layout.IsCluster);
        return layout;
    }

    private RegionObservation Combine(RedisLayout layout, RegionObservation[] seen)
    {
        RegionSample[] samples = [.. seen.Select(one => one.Sample).OfType<RegionSample>()];
        var (first, evicting) = (seen[0].Server, seen.FirstOrDefault(one => one.Server.Memory.EvictsKeysWithoutTtl)?.Server);
        var server = first with
        {
            Replication = first.Replication with { IsPrimary = seen.All(one => one.Server.Replication.IsPrimary), ReadOnly = false },
            Memory = (evicting ?? first).Memory,
        };
        return new RegionObservation(
            server,
            samples.Length == seen.Length ? history.Combine(layout, samples) : null);
    }

    private async Task<T[]?> OnEachAsync<T>(RedisLayout layout, Func<RedisNode, Task<T>> read)
    {
        try
        {
            return await Task.WhenAll(layout.Nodes.Select(node => OnAsync(node, read)));
        }
        catch (Exception failure)
        {
            needsLayout = true;
            if (MovingSlot.Causes(failure))
                return null;
            throw;
        }
    }

    private static async Task<T> OnAsync<T>(RedisNode node, Func<RedisNode, Task<T>> read)
    {
        string reason;
        try
        {
            return await read(node).WaitAsync(NodeTimeout);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException && !MovingSlot.Causes(failure))
        {
            reason = failure.Reason();
        }

        // Health reports show the innermost failure, which does not name the node.
        throw new RedisException($"The cluster's node {node} does not answer: {reason}");
    }
}
