using System.Globalization;
using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>
/// Deletes old tag generations of one Redis server, and keeps in it the <see cref="AppliedHistory"/> that says which are old: the one caller of
/// <c>collect.lua</c> and <c>history.lua</c>. On a primary, replication carries both to the replicas. Both scripts work at <c>maxmemory</c>. Thread-safe.
/// </summary>
/// <param name="database">A database of the server.</param>
/// <param name="keys">The names in use there.</param>
public sealed class GenerationScripts(IDatabase database, RedisKeys keys)
{
    // Less than a millisecond of the server's time, also when all of them are deleted.
    private const int KeysOfStep = 500;

    private static readonly string History = EmbeddedScript.Read("history.lua");
    private static readonly string Collect = EmbeddedScript.Read("collect.lua");

    /// <summary>Reads the history and the server's time.</summary>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public async Task<HeldHistory> ReadHistoryAsync()
    {
        var read = await EvaluateHistoryAsync("", "");
        var microseconds = long.Parse((string)read[1]!, NumberStyles.None, CultureInfo.InvariantCulture);
        return new HeldHistory((string)read[0]!, DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds));
    }

    /// <summary>Replaces the history, unless another collector has replaced it since it was read.</summary>
    /// <param name="held">The history as it was read.</param>
    /// <param name="next">The new history, with at least one note.</param>
    /// <returns>Whether it was replaced.</returns>
    /// <exception cref="RedisException">The server did not answer. The history may have been replaced.</exception>
    public async Task<bool> ReplaceHistoryAsync(HeldHistory held, AppliedHistory next)
    {
        ArgumentNullException.ThrowIfNull(held);
        ArgumentNullException.ThrowIfNull(next);
        return (bool)(await EvaluateHistoryAsync(held.Text, next.ToString()))[2];
    }

    /// <summary>Takes one step through the generations.</summary>
    /// <param name="upTo">Generations of purges up to here are deleted; <c>default</c> only counts them.</param>
    /// <param name="cursor">Empty to begin with, then what the step before returned.</param>
    /// <exception cref="RedisException">The server did not answer. The step may be repeated.</exception>
    public async Task<CollectedStep> StepAsync(Watermark upTo, string cursor)
    {
        RedisValue[] arguments = [cursor, keys.TagPattern, upTo.Epoch, upTo.Sequence, KeysOfStep];
        var step = (RedisResult[])(await database.ScriptEvaluateAsync(Collect, [keys.History], arguments))!;
        return new CollectedStep((string)step[0]!, (long)step[1], (long)step[2]);
    }

    private async Task<RedisResult[]> EvaluateHistoryAsync(string held, string next) =>
        (RedisResult[])(await database.ScriptEvaluateAsync(History, [keys.History], [held, next]))!;
}

/// <summary>A history as a server holds it.</summary>
/// <param name="Text">Its text; empty for none.</param>
/// <param name="Now">The server's time when it was read.</param>
public sealed record HeldHistory(string Text, DateTimeOffset Now);

/// <summary>One step through the tag generations of a server.</summary>
/// <param name="Cursor">Where the next step begins; empty at the end.</param>
/// <param name="Seen">How many generations there were.</param>
/// <param name="Deleted">How many of them were deleted.</param>
public sealed record CollectedStep(string Cursor, long Seen, long Deleted);
