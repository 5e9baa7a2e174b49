using System.Globalization;

namespace LastMile.Events.Fabric;

/// <summary>
/// A Redis Cluster on this machine: three primaries, each with one replica. It detects a failed node after about a second, and keeps
/// nothing on disk. Its methods wait until the change has taken effect.
/// </summary>
public sealed class RedisClusterServers : IAsyncDisposable
{
    /// <summary>The number of hash slots.</summary>
    public const int Slots = 16_384;

    private const int Primaries = 3;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private RedisClusterServers(IReadOnlyList<RedisClusterNode> nodes) => Nodes = nodes;

    /// <summary>The nodes, in the order in which they were started: first the primaries, then the replica of each.</summary>
    public IReadOnlyList<RedisClusterNode> Nodes { get; }

    /// <summary>The users that may log in on each node.</summary>
    public RedisUsers Users => Nodes[0].Server.Users;

    /// <summary>The addresses of all nodes, separated by commas, for StackExchange.Redis.</summary>
    public string Addresses => string.Join(',', Nodes.Select(node => node.Server.Endpoint));

    /// <summary>An administrator's StackExchange.Redis connection string.</summary>
    public string Endpoint => Addresses;

    /// <summary>Starts a cluster; returns when all slots are served and all replicas are in sync. Takes about two seconds.</summary>
    /// <param name="servers">The source of servers: programs installed on this machine.</param>
    /// <param name="name">The prefix of the nodes' names; unique within <paramref name="servers"/>.</param>
    /// <param name="config">Directives that override the configuration.</param>
    /// <exception cref="NotSupportedException">The servers are containers.</exception>
    /// <exception cref="ServerStartException">A node did not become ready.</exception>
    public static async Task<RedisClusterServers> StartAsync(
        IServers servers, string name = "redis-cluster", IReadOnlyDictionary<string, string>? config = null)
    {
        // The nodes announce the ports that they listen on, and a container engine maps those to others.
        if (servers is not LocalServers)
            throw new NotSupportedException("A Redis Cluster needs the programs installed on this machine (LASTMILE_SERVERS_MODE=local).");

        var started = await Task.WhenAll(
            Enumerable.Range(1, 2 * Primaries).Select(number => servers.StartRedisAsync(Settings($"{name}-{number}", config))));
        var nodes = await Task.WhenAll(started.Select(RedisClusterNode.OfAsync));
        var cluster = new RedisClusterServers(nodes);
        await cluster.FormAsync();
        return cluster;
    }

    /// <summary>Returns a StackExchange.Redis connection string with only the rights that deploy/ gives a user.</summary>
    /// <param name="user">The user that connects.</param>
    public string EndpointAs(RedisUser user) => $"{Addresses},{Users.ClusterLogin(user)}";

    /// <summary>Returns the nodes that serve slots now, as the nodes that answer see it.</summary>
    public async Task<IReadOnlyList<RedisClusterNode>> PrimariesAsync() =>
        [.. (await ViewAsync()).Where(node => node.Slots.Count > 0).Select(node => Nodes.Single(known => known.Id == node.Id))];

    /// <summary>Returns the node that serves a slot.</summary>
    public async Task<RedisClusterNode> OwnerAsync(int slot) =>
        Node((await ViewAsync()).Single(node => node.Slots.Contains(slot)).Id);

    /// <summary>Returns the slots that a node serves.</summary>
    public async Task<IReadOnlySet<int>> SlotsOfAsync(RedisClusterNode node) =>
        (await ViewAsync()).Single(seen => seen.Id == node.Id).Slots;

    /// <summary>Returns the replica of a primary.</summary>
    public async Task<RedisClusterNode> ReplicaOfAsync(RedisClusterNode primary) =>
        Node((await ViewAsync()).First(node => node.PrimaryId == primary.Id && !node.Failed).Id);

    /// <summary>Promotes a replica without losing a write; returns when it serves its primary's slots.</summary>
    /// <param name="replica">The replica.</param>
    public async Task FailOverAsync(RedisClusterNode replica)
    {
        await WaitUntilAsync("its link to its primary is not up", async () => await replica.LinkIsUpAsync());
        await replica.SendAsync("CLUSTER", "FAILOVER");
        await WaitUntilServesAsync(replica);
        await WaitUntilHealthyAsync();
    }

    /// <summary>Kills a primary and waits until its replica has replaced it. Writes that did not replicate are lost.</summary>
    /// <param name="primary">The primary.</param>
    /// <returns>The former replica.</returns>
    public async Task<RedisClusterNode> KillAndFailOverAsync(RedisClusterNode primary)
    {
        var replica = await ReplicaOfAsync(primary);
        await primary.Server.Process.KillAsync();
        await WaitUntilServesAsync(replica);
        return replica;
    }

    /// <summary>
    /// Starts a killed node again; returns when the other nodes accept it. It is empty, and the replica of the node that replaced it, if
    /// one did.
    /// </summary>
    public async Task RestartAsync(RedisClusterNode node)
    {
        await node.Server.Process.StartAsync();
        await WaitUntilHealthyAsync();
    }

    /// <summary>
    /// Stops replication from a primary: what is written there from now on is lost when its replica replaces it. Any replica that attaches
    /// is refused too.
    /// </summary>
    public static async Task CutReplicationAsync(RedisClusterNode primary)
    {
        await primary.SendAsync("ACL", "SETUSER", RedisUsers.NameOf(RedisUser.Replica), "off");
        await primary.SendAsync("CLIENT", "KILL", "TYPE", "replica");
        await WaitUntilAsync("its replica is still attached", async () =>
            (await primary.InfoAsync("replication")).Contains("connected_slaves:0", StringComparison.Ordinal));
    }

    /// <summary>Allows replication from a primary again; returns when its replica is in sync.</summary>
    public async Task MendReplicationAsync(RedisClusterNode primary)
    {
        await primary.SendAsync("ACL", "SETUSER", RedisUsers.NameOf(RedisUser.Replica), "on");
        var replica = await ReplicaOfAsync(primary);
        await WaitUntilAsync("its link to its primary is not up", async () => await replica.LinkIsUpAsync());
    }

    /// <summary>Moves slots and their keys from one primary to another while both serve them, one slot at a time.</summary>
    public async Task MoveSlotsAsync(IEnumerable<int> slots, RedisClusterNode from, RedisClusterNode to)
    {
        foreach (var slot in slots)
        {
            await BeginMoveAsync(slot, from, to);
            await MoveKeysAsync(slot, from, to);
            await EndMoveAsync(slot, from, to);
        }

        await WaitUntilHealthyAsync();
    }

    /// <summary>Begins to move a slot: its present keys stay, and commands on absent keys are redirected with ASK.</summary>
    public static async Task BeginMoveAsync(int slot, RedisClusterNode from, RedisClusterNode to)
    {
        await to.SendAsync("CLUSTER", "SETSLOT", Text(slot), "IMPORTING", from.Id);
        await from.SendAsync("CLUSTER", "SETSLOT", Text(slot), "MIGRATING", to.Id);
    }

    /// <summary>Moves the keys of a slot whose move has begun.</summary>
    public static async Task MoveKeysAsync(int slot, RedisClusterNode from, RedisClusterNode to)
    {
        while (await from.KeysAsync(slot, count: 100) is { Length: > 0 } keys)
            await from.SendAsync(["MIGRATE", "127.0.0.1", Text(to.Server.Port), "", "0", "5000", "REPLACE", "KEYS", .. keys]);
    }

    /// <summary>Ends the move of a slot: from now on the former node answers with MOVED.</summary>
    public async Task EndMoveAsync(int slot, RedisClusterNode from, RedisClusterNode to)
    {
        await to.SendAsync("CLUSTER", "SETSLOT", Text(slot), "NODE", to.Id);
        await from.SendAsync("CLUSTER", "SETSLOT", Text(slot), "NODE", to.Id);
        foreach (var other in (await PrimariesAsync()).Where(node => node != from && node != to))
            await other.SendAsync("CLUSTER", "SETSLOT", Text(slot), "NODE", to.Id);
    }

    /// <summary>
    /// Waits until the running nodes agree on all slots and replicas, none of the nodes that serve slots has failed, and each replica is in
    /// sync.
    /// </summary>
    public async Task WaitUntilHealthyAsync()
    {
        foreach (var node in Nodes)
            await WaitUntilAsync($"{node.Server.Name} does not report cluster_state:ok", async () => await IsHealthyAsync(node));
        await WaitUntilAsync("the nodes disagree", AgreeAsync);
    }

    /// <summary>Stops all nodes.</summary>
    public async ValueTask DisposeAsync() => await Task.WhenAll(Nodes.Select(node => node.Server.Process.DisposeAsync().AsTask()));

    private static RedisSettings Settings(string name, IReadOnlyDictionary<string, string>? config) => new(name, RedisRole.Region)
    {
        Config = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["cluster-enabled"] = "yes",
            // Its default would be the port plus 10,000, which may be in use.
            ["cluster-port"] = Text(FreePort.Next()),
            ["cluster-node-timeout"] = "1000",
            // The other nodes keep serving while one has failed.
            ["cluster-require-full-coverage"] = "no",
            ["repl-ping-replica-period"] = "1",
        }.Concat(config ?? new Dictionary<string, string>(StringComparer.Ordinal))
            .GroupBy(setting => setting.Key, StringComparer.Ordinal)
            .ToDictionary(setting => setting.Key, setting => setting.Last().Value, StringComparer.Ordinal),
    };

    private async Task FormAsync()
    {
        for (var number = 0; number < Primaries; number++)
        {
            var (first, last) = (Slots * number / Primaries, (Slots * (number + 1) / Primaries) - 1);
            await Nodes[number].SendAsync("CLUSTER", "ADDSLOTSRANGE", Text(first), Text(last));
        }

        // With the same epoch, two nodes that claim a slot would need a vote.
        for (var number = 0; number < Nodes.Count; number++)
            await Nodes[number].SendAsync("CLUSTER", "SET-CONFIG-EPOCH", Text(number + 1));
        // Gossip alone would take seconds.
        foreach (var node in Nodes)
        {
            foreach (var other in Nodes.Where(other => other != node))
            {
                await node.SendAsync(
                    "CLUSTER", "MEET", "127.0.0.1", Text(other.Server.Port), Text(await other.BusPortAsync()));
            }
        }

        for (var number = Primaries; number < Nodes.Count; number++)
        {
            var (replica, primary) = (Nodes[number], Nodes[number - Primaries]);
            await WaitUntilAsync($"{replica.Server.Name} does not know its primary", async () =>
                (await replica.ViewAsync()).Any(node => node.Id == primary.Id && !node.Handshake));
            await replica.SendAsync("CLUSTER", "REPLICATE", primary.Id);
        }

        await WaitUntilAsync("the nodes do not know each other", async () =>
            (await Task.WhenAll(Nodes.Select(node => node.ViewAsync()))).All(IsComplete));
        await WaitUntilHealthyAsync();
    }

    private static bool IsComplete(IReadOnlyList<RedisClusterView> view) =>
        view.Count(node => node is { Handshake: false, PrimaryId: not null }) == Primaries && view.Count == 2 * Primaries;

    private static async Task<bool> IsHealthyAsync(RedisClusterNode node)
    {
        if (!await node.AnswersAsync())
            return true;
        var view = await node.ViewAsync();
        return (await node.SendAsync("CLUSTER", "INFO") as string)!.Contains("cluster_state:ok", StringComparison.Ordinal)
            && view.Sum(seen => seen.Slots.Count) == Slots && view.All(seen => seen.Slots.Count == 0 || !seen.Failed)
            && await node.LinkIsUpAsync();
    }

    private async Task<bool> AgreeAsync()
    {
        var roles = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in Nodes)
        {
            if (await node.AnswersAsync())
                roles.Add(RedisClusterView.Roles(await node.ViewAsync()));
        }

        return roles.Count == 1;
    }

    /// <summary>Waits until all nodes that answer see that a node serves slots.</summary>
    public Task WaitUntilServesAsync(RedisClusterNode node) => WaitUntilAsync(
        $"{node.Server.Name} does not serve its primary's slots",
        async () =>
        {
            foreach (var other in Nodes)
            {
                if (await other.AnswersAsync() && (await other.ViewAsync()).Single(seen => seen.Id == node.Id).Slots.Count == 0)
                    return false;
            }

            return true;
        });

    // The newest view that any node has: of the node that answers and has seen the most elections.
    private async Task<IReadOnlyList<RedisClusterView>> ViewAsync()
    {
        IReadOnlyList<RedisClusterView>? newest = null;
        foreach (var node in Nodes)
        {
            if (await node.AnswersAsync() && await node.ViewAsync() is var view
                && (newest is null || view.Max(seen => seen.Epoch) > newest.Max(seen => seen.Epoch)))
            {
                newest = view;
            }
        }

        return newest ?? throw new InvalidOperationException("No node of the cluster answers.");
    }

    private RedisClusterNode Node(string id) => Nodes.Single(node => node.Id == id);

    private static async Task WaitUntilAsync(string problem, Func<Task<bool>> condition)
    {
        if (await Readiness.WaitAsync(_ => condition(), () => null, Deadline, CancellationToken.None) is { } reason)
            throw new ServerStartException("redis-cluster", $"{problem}: {reason}", [], "See the nodes' logs.");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
