using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace LastMile.Events.Caching.Region;

/// <summary>A cluster, as one of its nodes sees it.</summary>
/// <param name="Primaries">The nodes that serve slots.</param>
/// <param name="Self">The node that has this view; null if it serves no slot.</param>
internal sealed record ClusterView(ImmutableArray<ClusterPrimary> Primaries, ClusterNode? Self)
{
    private const int FieldsBeforeSlots = 8;

    /// <summary>Parses the answer to <c>CLUSTER NODES</c>.</summary>
    /// <param name="text">The answer.</param>
    /// <param name="asked">The address of the node that answered, which may not know its own.</param>
    /// <param name="prefersNames">Whether the node's host name, if it announces one, is used instead of its IP address.</param>
    /// <exception cref="FormatException">The text is no such answer.</exception>
    /// <seealso href="https://redis.io/docs/latest/commands/cluster-nodes/"/>
    public static ClusterView Parse(string text, EndPoint asked, bool prefersNames)
    {
        var primaries = ImmutableArray.CreateBuilder<ClusterPrimary>();
        ClusterNode? self = null;
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = line.TrimEnd('\r').Split(' ');
            if (fields.Length < FieldsBeforeSlots)
                throw new FormatException($"A line of CLUSTER NODES has too few fields: '{line}'.");
            var flags = fields[2].Split(',');
            // In brackets: a slot that is being moved.
            ImmutableArray<(int First, int Past)> slots =
                [.. fields.Skip(FieldsBeforeSlots).Where(range => !range.StartsWith('[')).Select(RangeOf)];
            if (!flags.Contains("master", StringComparer.Ordinal) || slots.IsEmpty)
                continue;

            var isSelf = flags.Contains("myself", StringComparer.Ordinal);
            var node = new ClusterNode(
                fields[0],
                EndPointOf(fields[1], prefersNames) ?? (isSelf ? asked : throw Unreadable(line)),
                slots.Min(range => range.First));
            primaries.Add(new ClusterPrimary(node, slots, flags.Contains("fail", StringComparer.Ordinal)));
            if (isSelf)
                self = node;
        }

        return new ClusterView(primaries.ToImmutable(), self);
    }

    private static (int First, int Past) RangeOf(string range)
    {
        var ends = range.Split('-');
        return (NumberOf(ends[0]), NumberOf(ends[^1]) + 1);
    }

    private static int NumberOf(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    // ip:port@bus-port[,name[,key=value…]]; a node that has not been met yet has no address.
    private static EndPoint? EndPointOf(string address, bool prefersNames)
    {
        var parts = address.Split(',');
        var server = parts[0].Split('@')[0];
        var colon = server.LastIndexOf(':');
        var port = NumberOf(server[(colon + 1)..]);
        if (prefersNames && parts.Length > 1 && parts[1].Length > 0)
            return new DnsEndPoint(parts[1], port);
        return IPAddress.TryParse(server[..colon], out var ip) ? new IPEndPoint(ip, port)
            : colon > 0 ? new DnsEndPoint(server[..colon], port)
            : null;
    }

    private static FormatException Unreadable(string line) => new($"A line of CLUSTER NODES has no address: '{line}'.");
}

/// <summary>A primary node of a cluster, and the slots that it serves.</summary>
/// <param name="Node">The node.</param>
/// <param name="Slots">The first slot of each range, and the one after its last.</param>
/// <param name="HasFailed">Whether the cluster considers it down.</param>
internal sealed record ClusterPrimary(ClusterNode Node, ImmutableArray<(int First, int Past)> Slots, bool HasFailed);
