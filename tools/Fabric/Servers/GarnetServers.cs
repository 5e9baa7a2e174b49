using System.Globalization;

namespace LastMile.Events.Fabric;

/// <summary>Garnet on this machine, as a stand-in for a managed service: one server, or a cluster of primaries without replicas.</summary>
public static class GarnetServers
{
    private const int Nodes = 3;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Starts a server with scripts and the users of deploy/; returns when it responds, after about half a second.</summary>
    /// <param name="servers">The source of servers: programs installed on this machine.</param>
    /// <param name="name">The name of its folder and in messages; unique within <paramref name="servers"/>.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="NotSupportedException">The servers are containers.</exception>
    /// <exception cref="ServerStartException">Garnet is not installed or did not become ready.</exception>
    public static Task<RedisServer> StartAsync(
        IServers servers, string name = "garnet", CancellationToken cancellationToken = default) =>
        LocalServers.Of(servers, "Garnet").StartGarnetAsync(name, clustered: false, cancellationToken);

    /// <summary>Starts a cluster; returns its nodes when each of them serves its share of all slots.</summary>
    /// <inheritdoc cref="StartAsync"/>
    public static async Task<IReadOnlyList<RedisServer>> StartClusterAsync(
        IServers servers, string name = "garnet-cluster", CancellationToken cancellationToken = default)
    {
        var local = LocalServers.Of(servers, "Garnet");
        var nodes = await Task.WhenAll(Enumerable.Range(1, Nodes)
            .Select(number => local.StartGarnetAsync($"{name}-{number}", clustered: true, cancellationToken)));
        for (var i = 0; i < Nodes; i++)
        {
            var (first, last) = (RedisClusterServers.Slots * i / Nodes, (RedisClusterServers.Slots * (i + 1) / Nodes) - 1);
            await RespClient.SendAsync(nodes[i].Port, "CLUSTER", "ADDSLOTSRANGE", Text(first), Text(last));
            await RespClient.SendAsync(nodes[i].Port, "CLUSTER", "SET-CONFIG-EPOCH", Text(i + 1));
        }

        foreach (var (from, to) in nodes.SelectMany(from => nodes.Where(to => to != from).Select(to => (from, to))))
            await RespClient.SendAsync(from.Port, "CLUSTER", "MEET", "127.0.0.1", Text(to.Port));
        foreach (var node in nodes)
            await WaitUntilFormedAsync(node, cancellationToken);
        return nodes;
    }

    private static async Task WaitUntilFormedAsync(RedisServer node, CancellationToken cancellationToken)
    {
        var problem = await Readiness.WaitAsync(
            async _ => KnowsAllSlots(await RespClient.SendAsync(node.Port, "CLUSTER", "INFO")), () => null, Deadline, cancellationToken);
        if (problem is not null)
            throw new ServerStartException(node.Name, "it does not know all slots: " + problem, [], "See the nodes' logs.");
    }

    private static bool KnowsAllSlots(object? info) => info is string text
        && text.Contains("cluster_state:ok", StringComparison.Ordinal)
        && text.Contains($"cluster_slots_assigned:{Text(RedisClusterServers.Slots)}", StringComparison.Ordinal);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
