using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>
/// Drops all keys of one Redis server that begin with a prefix, or finds them, in small steps. The only caller of <c>scan.lua</c>. It
/// never drops LastMile's own keys. The cursor is the only state between steps, so another process can continue a scan. If the server
/// restarts, the scan begins again. Thread-safe.
/// </summary>
/// <param name="node">The server. On a node of a cluster, the caller publishes that any name may have been dropped.</param>
public sealed class PrefixScan(RedisNode node)
{
    // Takes the server less than a millisecond.
    private const int KeysPerStep = 1_000;

    private static readonly string Scan = EmbeddedScript.Read("scan.lua");

    /// <summary>Uses the only server.</summary>
    /// <param name="database">A database of the server.</param>
    /// <param name="keys">The names used there.</param>
    public PrefixScan(IDatabase database, RedisKeys keys)
        : this(new RedisNode(database, keys))
    {
    }

    /// <summary>Scans one batch of keys.</summary>
    /// <param name="prefix">The prefix, not empty.</param>
    /// <param name="cursor">Empty for the first step, then the cursor that the previous step returned.</param>
    /// <returns>The next cursor, empty at the end, and the numbers of keys that this step scanned and dropped.</returns>
    /// <exception cref="RedisException">The server did not answer. The step may be repeated.</exception>
    public async Task<(string Cursor, long Seen, long Dropped)> StepAsync(string prefix, string cursor)
    {
        var channel = node.IsShard ? "" : node.Keys.PurgeChannel.ToString();
        var step = await EvaluateAsync(prefix, cursor, channel, node.IsShard ? "each" : "");
        return ((string)step[0]!, (long)step[1], (long)step[2]);
    }

    /// <summary>Scans one batch of keys, and drops none, as on a replica that refuses writes.</summary>
    /// <param name="prefix">The prefix, not empty.</param>
    /// <param name="cursor">As for <see cref="StepAsync"/>.</param>
    /// <returns>
    /// The next cursor, empty at the end, the number of keys that this step scanned, and those that begin with the prefix.
    /// </returns>
    /// <exception cref="RedisException">The server did not answer. The step may be repeated.</exception>
    public async Task<(string Cursor, long Seen, IReadOnlyList<string> Found)> FindAsync(string prefix, string cursor)
    {
        var step = await EvaluateAsync(prefix, cursor, channel: "", "find");
        return ((string)step[0]!, (long)step[1], (string[])step[3]!);
    }

    /// <summary>Scans all keys.</summary>
    /// <param name="prefix">The prefix, not empty.</param>
    /// <param name="cancellationToken">Cancels the scan between two steps.</param>
    /// <returns>The number of keys dropped.</returns>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public async Task<long> RunAsync(string prefix, CancellationToken cancellationToken)
    {
        var total = 0L;
        var cursor = "";
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            (cursor, _, var dropped) = await StepAsync(prefix, cursor);
            total += dropped;
        }
        while (cursor.Length > 0);
        return total;
    }

    private async Task<RedisResult[]> EvaluateAsync(string prefix, string cursor, string channel, string mode)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        // Garnet locks the keys of a script, and its SCAN would wait for them for ever.
        return (RedisResult[])(await node.EvaluateAsync(Scan, [], [cursor, prefix, node.Keys.Prefix, KeysPerStep, channel, mode]))!;
    }
}
