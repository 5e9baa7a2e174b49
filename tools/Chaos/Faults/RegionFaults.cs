using LastMile.Events.Fabric;

namespace LastMile.Events.Chaos.Faults;

/// <summary>Faults of a region's Redis.</summary>
internal static class RegionFaults
{
    private static readonly TimeSpan Syncing = TimeSpan.FromSeconds(1);

    /// <summary>Kills the Redis, which restarts empty because a cache keeps nothing on disk.</summary>
    public static async Task<Func<Task>> KillAsync(Scene scene, string target)
    {
        var process = scene.Region(target).Redis.Process;
        await process.KillAsync();
        return () => process.StartAsync();
    }

    public static async Task<Func<Task>> FreezeAsync(Scene scene, string target)
    {
        var process = scene.Region(target).Redis.Process;
        await process.PauseAsync();
        return process.ResumeAsync;
    }

    public static async Task<Func<Task>> EmptyAsync(Scene scene, string target)
    {
        await scene.Region(target).EmptyAsync();
        return () => Task.CompletedTask;
    }

    /// <summary>Replaces a replica's cache with the primary's keys. An independent region has no sync, so it is emptied.</summary>
    public static async Task<Func<Task>> ResyncAsync(Scene scene, string target)
    {
        var region = scene.Region(target);
        if (region.Kind == RegionKind.Independent)
            return await EmptyAsync(scene, target);
        await Scene.RetryWhileDownAsync<Exception>(() => scene.Servers.ResyncAsync(region, Syncing));
        return () => Task.CompletedTask;
    }

    /// <summary>
    /// Gives the Redis less memory than it needs itself, so it evicts everything that it may and rejects writes from clients.
    /// </summary>
    public static async Task<Func<Task>> FillAsync(Scene scene, string target)
    {
        // All nodes of a cluster, because a replica may be promoted before the fault is mended.
        var nodes = scene.Region(target).Nodes;
        await LimitAsync("1mb");
        return () => LimitAsync("512mb");

        async Task LimitAsync(string limit)
        {
            foreach (var node in nodes)
                await Scene.ExecuteAsync(node, "CONFIG", "SET", "maxmemory", limit);
        }
    }

    /// <summary>
    /// Replaces the node behind a managed endpoint by its replica, which lacks the last moment. The node returns as the replica.
    /// </summary>
    public static async Task<Func<Task>> ReplaceNodeAsync(Scene scene, string target)
    {
        var endpoint = scene.Region(target).Endpoint!;
        await endpoint.FailOverAsync();
        return endpoint.RejoinAsync;
    }
}
