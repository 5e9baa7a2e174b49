using System.Globalization;
using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>
/// Deletes old tag generations from one Redis server, and stores on that server the <see cref="AppliedHistory"/> that shows which are old.
/// The only caller of <c>collect.lua</c> and <c>history.lua</c>. On a primary, the deletes and the history replicate. Both scripts work at
/// <c>maxmemory</c>. Thread-safe.
/// </summary>
/// <param name="node">The server.</param>
public sealed class GenerationScripts(RedisNode node)
{
    // Takes the server less than a millisecond, even if all of them are deleted.
    private const int KeysPerStep = 500;

    private static readonly string History = EmbeddedScript.Read("history.lua");
    private static readonly string Collect = EmbeddedScript.Read("collect.lua");

    /// <summary>Uses the only server.</summary>
    /// <param name="database">A database of the server.</param>
    /// <param name="keys">The names used there.</param>
    public GenerationScripts(IDatabase database, RedisKeys keys)
        : this(new RedisNode(database, keys))
    {
    }

    /// <summary>Reads the history and the server's time.</summary>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public async Task<StoredHistory> ReadHistoryAsync()
    {
        var read = await EvaluateHistoryAsync("", "");
        var microseconds = long.Parse((string)read[1]!, NumberStyles.None, CultureInfo.InvariantCulture);
        return new StoredHistory((string)read[0]!, DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds));
    }

    /// <summary>Replaces the history, unless another collector has replaced it since it was read.</summary>
    /// <param name="held">The history as it was read.</param>
    /// <param name="next">The new history, with at least one sample.</param>
    /// <returns>Whether it was replaced.</returns>
    /// <exception cref="RedisException">The server did not answer. The history may have been replaced.</exception>
    public async Task<bool> ReplaceHistoryAsync(StoredHistory held, AppliedHistory next)
    {
        ArgumentNullException.ThrowIfNull(held);
        ArgumentNullException.ThrowIfNull(next);
        return (bool)(await EvaluateHistoryAsync(held.Text, next.ToString()))[2];
    }

    /// <summary>Scans one batch of generations.</summary>
    /// <param name="upTo">Deletes generations written by purges up to this watermark; <c>default</c> only counts them.</param>
    /// <param name="cursor">Empty for the first step, then the cursor that the previous step returned.</param>
    /// <exception cref="RedisException">The server did not answer. The step may be repeated.</exception>
    public async Task<CollectionStep> StepAsync(Watermark upTo, string cursor)
    {
        RedisValue[] arguments =
            [cursor, node.Keys.TagPattern, upTo.Epoch, upTo.Sequence, KeysPerStep, node.IsShard ? "each" : ""];
        // Garnet locks the keys of a script, and its SCAN would wait for them for ever.
        RedisKey[] route = node.IsShard ? [node.Keys.History] : [];
        var step = (RedisResult[])(await node.EvaluateAsync(Collect, route, arguments))!;
        return new CollectionStep((string)step[0]!, (long)step[1], (long)step[2]);
    }

    private async Task<RedisResult[]> EvaluateHistoryAsync(string held, string next) =>
        (RedisResult[])(await node.EvaluateAsync(History, [node.Keys.History], [held, next]))!;
}

/// <summary>An <see cref="AppliedHistory"/> as stored on a server.</summary>
/// <param name="Text">Its text; empty if the server has none.</param>
/// <param name="Now">The server's time when the history was read.</param>
public sealed record StoredHistory(string Text, DateTimeOffset Now);

/// <summary>The result of one step through a server's tag generations.</summary>
/// <param name="Cursor">The cursor of the next step; empty at the end.</param>
/// <param name="Seen">The number of generations found.</param>
/// <param name="Deleted">The number of generations deleted.</param>
public sealed record CollectionStep(string Cursor, long Seen, long Deleted);
