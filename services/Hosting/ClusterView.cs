using LastMile.Events.Redis;
using StackExchange.Redis;

namespace LastMile.Events.Hosting;

/// <summary>How one node of a cluster sees all of them (<c>CLUSTER NODES</c>).</summary>
internal sealed class ClusterView
{
    private readonly IReadOnlyList<ClusterNodeInfo> nodes;

    private ClusterView(string text) => nodes = ClusterNodeInfo.ParseAll(text);

    /// <summary>The newest configuration epoch. It rises when slots move and when a replica replaces its primary.</summary>
    public long Epoch => nodes.Max(node => node.Epoch);

    /// <summary>The slots that move to or from the node that answered; empty for none.</summary>
    public string Moving => string.Join(' ', nodes.Where(node => node.IsSelf).SelectMany(node => node.Moving));

    /// <summary>Reads the view of a node. The client also learns from it where to send commands.</summary>
    public static async Task<ClusterView> ReadAsync(IServer server) => new(await server.ClusterNodesRawAsync() ?? "");

    /// <summary>Returns the servers that serve slots.</summary>
    /// <param name="servers">The servers that the client knows.</param>
    /// <param name="keys">LastMile's names, without a shard.</param>
    /// <param name="views">The views of the nodes that answered. Each knows only of its own slots whether they move.</param>
    public RedisLayout Layout(IReadOnlyList<IServer> servers, RedisKeys keys, IReadOnlyDictionary<IServer, ClusterView> views)
    {
        var serving = nodes.Where(info => info.Slots.Length > 0)
            .OrderBy(info => info.Id, StringComparer.Ordinal)
            .Select(info => (Info: info, Server: servers.FirstOrDefault(server => IsAt(server, info.Address))))
            .Where(pair => pair.Server is not null)
            .Select(pair => (pair.Info, Node: new RedisNode(
                pair.Server!, new RedisKeys(keys.Prefix, keys.Lineage, HashSlot.TagOf(pair.Info.LowestSlot)), pair.Info.Id)))
            .ToList();
        var moving = serving.Select(pair => views.TryGetValue(pair.Node.Server!, out var view) ? view.Moving : "unknown").ToList();
        var version = string.Join(';', serving.Zip(moving, (pair, own) => $"{pair.Info.Id} {string.Join(' ', pair.Info.Slots)} {own}"));
        return new RedisLayout(
            [.. serving.Select(pair => pair.Node)], version, moving.Exists(own => own.Length > 0),
            serving.SelectMany(pair => pair.Info.AllSlots().Select(slot => (pair.Node, slot))));
    }

    private static bool IsAt(IServer server, string address) =>
        EndPointCollection.TryParse(address) is { } own && own.Equals(server.EndPoint);
}
