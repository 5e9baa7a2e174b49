using LastMile.Events.Fabric;

namespace LastMile.Events.Chaos.Faults;

/// <summary>Faults of one node of a region's Redis Cluster. The primaries take turns.</summary>
internal static class ClusterFaults
{
    // How long a primary runs after its replication is cut.
    private static readonly TimeSpan Unreplicated = TimeSpan.FromMilliseconds(500);

    // A tenth of a primary's slots.
    private const int MostSlots = 500;

    /// <summary>Kills a primary. Its replica replaces it, and it returns as the replica.</summary>
    public static async Task<Func<Task>> KillAsync(Scene scene, string target)
    {
        var (cluster, primary) = await NextPrimaryAsync(scene, target);
        await cluster.KillAndFailOverAsync(primary);
        return () => cluster.RestartAsync(primary);
    }

    /// <summary>Kills a primary whose replica lacks its last writes, and so the last purges.</summary>
    public static async Task<Func<Task>> KillUnreplicatedAsync(Scene scene, string target)
    {
        var (cluster, primary) = await NextPrimaryAsync(scene, target);
        var replica = await cluster.ReplicaOfAsync(primary);
        await RedisClusterServers.CutReplicationAsync(primary);
        await Task.Delay(Unreplicated);
        await primary.Server.Process.KillAsync();
        await cluster.WaitUntilServesAsync(replica);
        return () => cluster.RestartAsync(primary);
    }

    /// <summary>Restarts a primary faster than its replica replaces it, so it serves its slots again without their keys.</summary>
    public static async Task<Func<Task>> RestartEmptyAsync(Scene scene, string target)
    {
        var (cluster, primary) = await NextPrimaryAsync(scene, target);
        await primary.Server.Process.KillAsync();
        await primary.Server.Process.StartAsync();
        return cluster.WaitUntilHealthyAsync;
    }

    /// <summary>Promotes a replica on an operator's command, which loses no write.</summary>
    public static async Task<Func<Task>> FailOverAsync(Scene scene, string target)
    {
        var (cluster, primary) = await NextPrimaryAsync(scene, target);
        await cluster.FailOverAsync(await cluster.ReplicaOfAsync(primary));
        return () => Task.CompletedTask;
    }

    /// <summary>Freezes a primary. If it lasts, its replica replaces it, and the frozen node wakes as a primary without slots.</summary>
    public static async Task<Func<Task>> FreezeAsync(Scene scene, string target)
    {
        var (cluster, primary) = await NextPrimaryAsync(scene, target);
        await primary.Server.Process.PauseAsync();
        return async () =>
        {
            await primary.Server.Process.ResumeAsync();
            await cluster.WaitUntilHealthyAsync();
        };
    }

    public static async Task<Func<Task>> KillReplicaAsync(Scene scene, string target)
    {
        var (cluster, primary) = await NextPrimaryAsync(scene, target);
        var replica = await cluster.ReplicaOfAsync(primary);
        await replica.Server.Process.KillAsync();
        return () => cluster.RestartAsync(replica);
    }

    /// <summary>Moves slots from one primary to the next, one after the other, until the fault is mended.</summary>
    public static async Task<Func<Task>> MoveSlotsAsync(Scene scene, string target)
    {
        var cluster = scene.Region(target).Cluster!;
        var turn = scene.NextTurn(target);
        var primaries = await OrderedPrimariesAsync(cluster);
        var (from, to) = (primaries[turn % primaries.Length], primaries[(turn + 1) % primaries.Length]);
        var slots = (await cluster.SlotsOfAsync(from)).Order().Take(MostSlots).ToArray();
        var stop = new CancellationTokenSource();
        var moving = MoveAsync();
        return async () =>
        {
            await stop.CancelAsync();
            await moving;
            stop.Dispose();
            await cluster.WaitUntilHealthyAsync();
        };

        async Task MoveAsync()
        {
            foreach (var slot in slots)
            {
                if (stop.IsCancellationRequested)
                    return;
                await RedisClusterServers.BeginMoveAsync(slot, from, to);
                await RedisClusterServers.MoveKeysAsync(slot, from, to);
                await cluster.EndMoveAsync(slot, from, to);
            }
        }
    }

    private static async Task<(RedisClusterServers Cluster, RedisClusterNode Primary)> NextPrimaryAsync(Scene scene, string target)
    {
        var cluster = scene.Region(target).Cluster!;
        var primaries = await OrderedPrimariesAsync(cluster);
        return (cluster, primaries[scene.NextTurn(target) % primaries.Length]);
    }

    // By their lowest slot, because node ids are random.
    private static async Task<RedisClusterNode[]> OrderedPrimariesAsync(RedisClusterServers cluster)
    {
        var primaries = new List<(int Lowest, RedisClusterNode Node)>();
        foreach (var node in await cluster.PrimariesAsync())
            primaries.Add(((await cluster.SlotsOfAsync(node)).Min(), node));
        return [.. primaries.OrderBy(primary => primary.Lowest).Select(primary => primary.Node)];
    }
}
