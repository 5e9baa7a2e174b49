using System.Globalization;
using LastMile.Events.Redis;
using StackExchange.Redis;

namespace LastMile.Events.Hosting;

/// <summary>How one node of a cluster sees all of them (<c>CLUSTER NODES</c>).</summary>
internal sealed class ClusterView
{
    private readonly List<Line> lines;

    private ClusterView(string text) =>
        lines = [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Line.Parse)];

    /// <summary>The newest configuration epoch. It rises when slots move and when a replica replaces its primary.</summary>
    public long Epoch => lines.Max(line => line.Epoch);

    /// <summary>The slots that move to or from the node that answered; empty for none.</summary>
    public string Moving => string.Concat(lines.Where(line => line.IsSelf).Select(line => line.Moving));

    /// <summary>Reads the view of a node. The client also learns from it where to send commands.</summary>
    public static async Task<ClusterView> ReadAsync(IServer server) => new(await server.ClusterNodesRawAsync() ?? "");

    /// <summary>Returns the servers that serve slots.</summary>
    /// <param name="servers">The servers that the client knows.</param>
    /// <param name="keys">LastMile's names, without a shard.</param>
    /// <param name="views">The views of the nodes that answered. Each knows only of its own slots whether they move.</param>
    public RedisLayout Layout(IReadOnlyList<IServer> servers, RedisKeys keys, IReadOnlyDictionary<IServer, ClusterView> views)
    {
        var serving = lines.Where(line => line.Slots.Count > 0)
            .OrderBy(line => line.Id, StringComparer.Ordinal)
            .Select(line => (Line: line, Server: servers.FirstOrDefault(server => line.IsAt(server.EndPoint))))
            .Where(pair => pair.Server is not null)
            .Select(pair => (pair.Line, Node: new RedisNode(
                pair.Server!, new RedisKeys(keys.Prefix, keys.Lineage, HashSlot.TagOf(pair.Line.Slots.Min())), pair.Line.Id)))
            .ToList();
        var moving = serving.Select(pair => views.TryGetValue(pair.Node.Server!, out var view) ? view.Moving : "unknown").ToList();
        var version = string.Join(';', serving.Zip(moving, (pair, own) => $"{pair.Line.Id} {pair.Line.Ranges} {own}"));
        return new RedisLayout(
            [.. serving.Select(pair => pair.Node)], version, moving.Exists(own => own.Length > 0),
            serving.SelectMany(pair => pair.Line.Slots.Select(slot => (pair.Node, slot))));
    }

    private sealed record Line(string Id, string Address, long Epoch, bool IsSelf, string Ranges, string Moving, IReadOnlySet<int> Slots)
    {
        // <id> <ip:port@cport[,hostname]> <flags> <primary> <ping> <pong> <epoch> <link> <slot> ...
        public static Line Parse(string text)
        {
            var words = text.Split(' ');
            var ranges = words.Skip(8).Where(word => !word.StartsWith('[')).ToArray();
            return new Line(
                words[0], words[1].Split('@')[0], long.Parse(words[6], CultureInfo.InvariantCulture),
                words[2].Split(',').Contains("myself", StringComparer.Ordinal),
                string.Join(' ', ranges), string.Join(' ', words.Skip(8).Where(word => word.StartsWith('['))),
                ranges.SelectMany(RangeOf).ToHashSet());
        }

        public bool IsAt(System.Net.EndPoint endPoint) =>
            EndPointCollection.TryParse(Address) is { } own && own.Equals(endPoint);

        private static IEnumerable<int> RangeOf(string range)
        {
            var ends = range.Split('-').Select(end => int.Parse(end, CultureInfo.InvariantCulture)).ToArray();
            return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
        }
    }
}
