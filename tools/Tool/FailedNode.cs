using LastMile.Events.Redis;
using StackExchange.Redis;

namespace LastMile.Events.Tool;

/// <summary>A node that the other nodes of its cluster can't reach.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Address"><c>host:port</c>; empty if unknown.</param>
internal sealed record FailedNode(string Id, string Address)
{
    private static readonly string[] Flags = ["fail", "noaddr", "handshake"];

    /// <summary>Returns the failed nodes that a node lists. StackExchange.Redis leaves them out of its configuration.</summary>
    /// <param name="server">The node that is asked.</param>
    /// <exception cref="RedisException">The node did not answer, or is not in cluster mode.</exception>
    public static async Task<IReadOnlyList<FailedNode>> ListAsync(IServer server) =>
    [
        .. ClusterNodeInfo.ParseAll(await server.ClusterNodesRawAsync() ?? "")
            .Where(node => node.Flags.Intersect(Flags, StringComparer.Ordinal).Any())
            .Select(node => new FailedNode(node.Id, node.Address)),
    ];
}
