using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using LastMile.Events.Redis;

namespace LastMile.Events.Caching.Region;

/// <summary>A cluster, as one of its nodes sees it.</summary>
/// <param name="Primaries">The nodes that serve slots.</param>
/// <param name="Self">The node that has this view; null if it serves no slot.</param>
internal sealed record ClusterView(ImmutableArray<ClusterPrimary> Primaries, ClusterNode? Self)
{
    /// <summary>Parses the answer to <c>CLUSTER NODES</c>.</summary>
    /// <param name="text">The answer.</param>
    /// <param name="asked">The address of the node that answered, which may not know its own.</param>
    /// <param name="prefersNames">Whether the node's host name, if it announces one, is used instead of its IP address.</param>
    /// <exception cref="FormatException">The text is no such answer.</exception>
    public static ClusterView Parse(string text, EndPoint asked, bool prefersNames)
    {
        var primaries = ImmutableArray.CreateBuilder<ClusterPrimary>();
        ClusterNode? self = null;
        foreach (var info in ClusterNodeInfo.ParseAll(text).Where(info => info.IsPrimary && !info.Slots.IsEmpty))
        {
            var endPoint = EndPointOf(info, prefersNames)
                ?? (info.IsSelf ? asked : throw new FormatException($"CLUSTER NODES has no address of the node {info.Id}."));
            var node = new ClusterNode(info.Id, endPoint, info.LowestSlot);
            primaries.Add(new ClusterPrimary(node, info.Slots, info.HasFailed));
            if (info.IsSelf)
                self = node;
        }

        return new ClusterView(primaries.ToImmutable(), self);
    }

    // A node that has not been met yet has no address.
    private static EndPoint? EndPointOf(ClusterNodeInfo info, bool prefersNames)
    {
        var colon = info.Address.LastIndexOf(':');
        var port = int.Parse(info.Address[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture);
        if (prefersNames && info.HostName is { } name)
            return new DnsEndPoint(name, port);
        var host = info.Address[..colon];
        return IPAddress.TryParse(host, out var ip) ? new IPEndPoint(ip, port) : host.Length > 0 ? new DnsEndPoint(host, port) : null;
    }
}

/// <summary>A primary node of a cluster, and the slots that it serves.</summary>
/// <param name="Node">The node.</param>
/// <param name="Slots">The first slot of each range, and the one after its last.</param>
/// <param name="HasFailed">Whether the cluster considers it down.</param>
internal sealed record ClusterPrimary(ClusterNode Node, ImmutableArray<(int First, int Past)> Slots, bool HasFailed);
