using System.Globalization;

namespace LastMile.Events.Redis;

/// <summary>
/// Errors that a server has replied to its primary: replicated commands that it refused (<c>unexpected_error_replies</c> of <c>INFO stats</c>). Errors
/// of other clients are not among them.
/// </summary>
/// <param name="Run">The run of the server that counts (<c>run_id</c>): each begins at 0.</param>
/// <param name="Count">How many; <c>CONFIG RESETSTAT</c> sets it to 0.</param>
/// <remarks>
/// Redis counts each command of a refused transaction, and the <c>EXEC</c>. Seen with 7.0: a replica at maxmemory refuses <c>SET</c>, and every
/// command inside <c>MULTI</c> (<c>OOM</c>, <c>EXECABORT</c>); <c>UNLINK</c> and <c>PUBLISH</c> by themselves pass. <c>WRONGTYPE</c> counts too.
/// A read-only replica refuses its primary nothing, and one that can't write to its disk stops, or goes on (<c>replica-ignore-disk-write-errors</c>).
/// </remarks>
/// <seealso href="https://redis.io/docs/latest/commands/info/">INFO</seealso>
public readonly record struct StreamErrors(string Run, long Count)
{
    /// <summary>How many are known to have come since an earlier look: all of this run's where the count began again.</summary>
    /// <param name="earlier">The earlier look.</param>
    public long Since(StreamErrors earlier) => Run == earlier.Run && Count >= earlier.Count ? Count - earlier.Count : Count;

    /// <summary>Reads the form <c>run:count</c>.</summary>
    /// <param name="text">The text; null for a key that does not exist.</param>
    /// <param name="errors">The errors, or <c>default</c>.</param>
    /// <returns>Whether the text has that form.</returns>
    public static bool TryParse(string? text, out StreamErrors errors)
    {
        errors = default;
        if (text?.Split(':') is not [{ Length: > 0 } run, var count] || !long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return false;

        errors = new StreamErrors(run, number);
        return true;
    }

    /// <summary>The form <c>run:count</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Run}:{Count}");
}
