using System.Globalization;

namespace LastMile.Events.Fabric;

/// <summary>A node of a <see cref="RedisClusterServers"/>.</summary>
/// <param name="Server">The server.</param>
/// <param name="Id">Its id in the cluster, which survives a restart.</param>
public sealed record RedisClusterNode(RedisServer Server, string Id)
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromMilliseconds(500);

    /// <summary>Sends a command as the administrator.</summary>
    /// <returns>A string, a number as a string, an array of these, or null.</returns>
    /// <exception cref="InvalidOperationException">The server answered with an error.</exception>
    public Task<object?> SendAsync(params string[] command) => RespClient.SendAsync(Server.Port, command);

    /// <summary>Returns a section of <c>INFO</c>.</summary>
    public async Task<string> InfoAsync(string section) => (string)(await SendAsync("INFO", section))!;

    internal static async Task<RedisClusterNode> OfAsync(RedisServer server) =>
        new(server, (string)(await RespClient.SendAsync(server.Port, "CLUSTER", "MYID"))!);

    internal async Task<bool> AnswersAsync()
    {
        try
        {
            return await SendAsync("PING").WaitAsync(AnswerTimeout) is "PONG";
        }
        catch (Exception e) when (e is IOException or TimeoutException or InvalidOperationException or System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    internal async Task<bool> LinkIsUpAsync() =>
        await InfoAsync("replication") is var info
        && (info.Contains("role:master", StringComparison.Ordinal) || info.Contains("master_link_status:up", StringComparison.Ordinal));

    internal async Task<int> BusPortAsync() =>
        int.Parse((string)((object?[])(await SendAsync("CONFIG", "GET", "cluster-port"))!)[1]!, CultureInfo.InvariantCulture);

    internal async Task<string[]> KeysAsync(int slot, int count) =>
        [.. ((object?[])(await SendAsync("CLUSTER", "GETKEYSINSLOT", $"{slot}", $"{count}"))!).Cast<string>()];

    /// <summary>Returns how this node sees the cluster.</summary>
    internal async Task<IReadOnlyList<RedisClusterView>> ViewAsync() =>
    [
        .. ((string)(await SendAsync("CLUSTER", "NODES"))!)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(RedisClusterView.Parse),
    ];
}

/// <summary>A line of <c>CLUSTER NODES</c>.</summary>
/// <param name="Id">The node's id.</param>
/// <param name="PrimaryId">The id of the primary that it replicates from; null for a primary.</param>
/// <param name="Epoch">Its configuration epoch.</param>
/// <param name="Slots">The slots that it serves.</param>
internal sealed record RedisClusterView(string Id, string? PrimaryId, long Epoch, IReadOnlySet<int> Slots)
{
    public bool Failed { get; init; }

    public bool Handshake { get; init; }

    /// <summary>Returns a text that is equal for two nodes that see the same roles and numbers of slots.</summary>
    public static string Roles(IEnumerable<RedisClusterView> view) => string.Join(
        ' ',
        view.Where(node => !node.Failed)
            .Select(node => string.Create(CultureInfo.InvariantCulture, $"{node.Id}/{node.PrimaryId}/{node.Slots.Count}"))
            .Order(StringComparer.Ordinal));

    public static RedisClusterView Parse(string line)
    {
        var words = line.TrimEnd('\r').Split(' ');
        var flags = words[2].Split(',');
        var ranges = words.Skip(8).Where(range => !range.StartsWith('['));
        return new RedisClusterView(
            words[0], words[3] == "-" ? null : words[3], long.Parse(words[6], CultureInfo.InvariantCulture),
            ranges.SelectMany(Range).ToHashSet())
        {
            Failed = flags.Contains("fail"),
            Handshake = flags.Contains("handshake"),
        };
    }

    private static IEnumerable<int> Range(string range)
    {
        var ends = range.Split('-').Select(end => int.Parse(end, CultureInfo.InvariantCulture)).ToArray();
        return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
    }
}
