using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>
/// Drops the keys of one Redis server that begin with a prefix, in small steps: the one caller of <c>scan.lua</c>. Names of LastMile's
/// own stay. Nothing is kept between two steps but the cursor, so a scan can be taken up by somebody else; after a restart of the server it
/// begins anew. Thread-safe.
/// </summary>
/// <param name="database">A database of the server.</param>
/// <param name="keys">The names in use there.</param>
public sealed class PrefixScan(IDatabase database, RedisKeys keys)
{
    // Less than a millisecond of the server's time.
    private const int KeysOfStep = 1_000;

    private static readonly string Scan = EmbeddedScript.Read("scan.lua");

    /// <summary>Takes one step.</summary>
    /// <param name="prefix">The prefix, not empty.</param>
    /// <param name="cursor">Empty to begin with, then what the step before returned.</param>
    /// <returns>The next cursor, empty at the end, and what this step did: keys that it looked at, and dropped.</returns>
    /// <exception cref="RedisException">The server did not answer. The step may be repeated.</exception>
    public async Task<(string Cursor, long Seen, long Dropped)> StepAsync(string prefix, string cursor)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        // A script that names no key is not sent to a replica's write path otherwise.
        var step = (RedisResult[])(await database.ScriptEvaluateAsync(Scan, [keys.Scan], [cursor, prefix, keys.Prefix, KeysOfStep]))!;
        return ((string)step[0]!, (long)step[1], (long)step[2]);
    }

    /// <summary>Takes all steps.</summary>
    /// <param name="prefix">The prefix, not empty.</param>
    /// <param name="cancellationToken">Ends it between two steps.</param>
    /// <returns>How many keys were dropped.</returns>
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
}
