using System.Globalization;

namespace LastMile.Events.Redis;

/// <summary>
/// The number of replicated commands that a server has refused (<c>unexpected_error_replies</c> of <c>INFO stats</c>). Errors of other
/// clients are not counted.
/// </summary>
/// <param name="Run">The run of the server (<c>run_id</c>). Each run counts from 0.</param>
/// <param name="Count">The number of errors. <c>CONFIG RESETSTAT</c> resets it to 0.</param>
/// <remarks>
/// Redis counts each command of a refused transaction, and its <c>EXEC</c>. Observed with 7.0: a replica at maxmemory refuses <c>SET</c>,
/// and every command inside <c>MULTI</c> (<c>OOM</c>, <c>EXECABORT</c>), but accepts <c>UNLINK</c> and <c>PUBLISH</c> outside a
/// transaction. <c>WRONGTYPE</c> counts too. A read-only replica refuses no command of its primary. A replica that can't write to its disk
/// either stops or continues (<c>replica-ignore-disk-write-errors</c>).
/// </remarks>
/// <seealso href="https://redis.io/docs/latest/commands/info/">INFO</seealso>
public readonly record struct StreamErrors(string Run, long Count)
{
    /// <summary>
    /// Returns the number of errors since an earlier reading; all of this run's errors if the count was reset since then.
    /// </summary>
    /// <param name="earlier">The earlier reading.</param>
    public long Since(StreamErrors earlier) => Run == earlier.Run && Count >= earlier.Count ? Count - earlier.Count : Count;

    /// <summary>Parses the form <c>run:count</c>.</summary>
    /// <param name="text">The text; null for a key that does not exist.</param>
    /// <param name="errors">The errors, or <c>default</c>.</param>
    /// <returns>Whether the text has that form.</returns>
    public static bool TryParse(string? text, out StreamErrors errors)
    {
        errors = default;
        if (text?.Split(':') is not [{ Length: > 0 } run, var count]
            || !long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        errors = new StreamErrors(run, number);
        return true;
    }

    /// <summary>Returns the form <c>run:count</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Run}:{Count}");
}
