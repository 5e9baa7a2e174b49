using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Changes;

namespace LastMile.Events.Invalidator.Api;

/// <summary>Parses the time that a request waits: <c>500ms</c>, <c>5s</c>, <c>1.5s</c>, <c>2m</c>.</summary>
internal static class WaitTime
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>Parses a time from 1 ms to 5 minutes.</summary>
    /// <returns>Why the text is invalid; null when it is valid.</returns>
    public static string? Read(string text, out TimeSpan wait)
    {
        if (!Duration.TryParse(text, out wait))
            return $"wait must be a number with a unit, such as 500ms, 5s or 2m; it is '{Truncation.Of(text, 40)}'.";
        return wait < Shortest || wait > Longest ? $"wait must be 1ms to 5m; it is {Truncation.Of(text, 40)}." : null;
    }
}
