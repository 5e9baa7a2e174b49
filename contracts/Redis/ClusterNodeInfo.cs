using System.Collections.Immutable;
using System.Globalization;

namespace LastMile.Events.Redis;

/// <summary>A node of a Redis Cluster, as a node describes it in its answer to <c>CLUSTER NODES</c>.</summary>
/// <param name="Id">Its id, which it keeps when its address changes.</param>
/// <param name="Address"><c>ip:port</c>; <c>:port</c> if the node that answered does not know the IP address.</param>
/// <param name="HostName">The host name that it announces; null for none.</param>
/// <param name="Flags">Its flags, such as <c>myself</c>, <c>master</c>, <c>fail</c>.</param>
/// <param name="Epoch">Its configuration epoch: the greater one wins when two nodes claim a slot.</param>
/// <param name="Slots">The first slot of each range that it serves, and the one after its last; empty for a replica.</param>
/// <param name="Moving">
/// The slots that move to or from it, such as <c>[93-&lt;-4a2f]</c>. Only the node that answered lists them.
/// </param>
/// <seealso href="https://redis.io/docs/latest/commands/cluster-nodes/">CLUSTER NODES</seealso>
public sealed record ClusterNodeInfo(
    string Id,
    string Address,
    string? HostName,
    ImmutableArray<string> Flags,
    long Epoch,
    ImmutableArray<(int First, int Past)> Slots,
    ImmutableArray<string> Moving)
{
    private const int FieldsBeforeSlots = 8;

    /// <summary>Whether this is the node that answered.</summary>
    public bool IsSelf => Flags.Contains("myself", StringComparer.Ordinal);

    /// <summary>Whether it accepts writes.</summary>
    public bool IsPrimary => Flags.Contains("master", StringComparer.Ordinal);

    /// <summary>Whether the nodes agree that it is down.</summary>
    public bool HasFailed => Flags.Contains("fail", StringComparer.Ordinal);

    /// <summary>The lowest slot that it serves, whose hash tag is part of LastMile's own names on it.</summary>
    /// <exception cref="InvalidOperationException">It serves no slot.</exception>
    public int LowestSlot => Slots.Min(range => range.First);

    /// <summary>Returns each slot that it serves.</summary>
    public IEnumerable<int> AllSlots() => Slots.SelectMany(range => Enumerable.Range(range.First, range.Past - range.First));

    /// <summary>Parses the whole answer.</summary>
    /// <param name="answer">The answer to <c>CLUSTER NODES</c>.</param>
    /// <exception cref="FormatException">The text is no such answer.</exception>
    public static IReadOnlyList<ClusterNodeInfo> ParseAll(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return [.. answer.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse)];
    }

    // <id> <ip:port@bus-port[,host-name[,key=value…]]> <flags> <primary> <ping> <pong> <epoch> <link> <slot> …
    private static ClusterNodeInfo Parse(string line)
    {
        var fields = line.Split(' ');
        if (fields.Length < FieldsBeforeSlots)
            throw new FormatException($"A line of CLUSTER NODES has too few fields: '{line}'.");
        var address = fields[1].Split(',');
        // In brackets: a slot that is being moved.
        var slots = fields.Skip(FieldsBeforeSlots).ToLookup(slot => slot.StartsWith('['));
        return new ClusterNodeInfo(
            fields[0],
            address[0].Split('@')[0],
            address.Length > 1 && address[1].Length > 0 ? address[1] : null,
            [.. fields[2].Split(',')],
            long.Parse(fields[6], NumberStyles.None, CultureInfo.InvariantCulture),
            [.. slots[false].Select(RangeOf)],
            [.. slots[true]]);
    }

    private static (int First, int Past) RangeOf(string range)
    {
        var ends = range.Split('-');
        return (NumberOf(ends[0]), NumberOf(ends[^1]) + 1);
    }

    private static int NumberOf(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
