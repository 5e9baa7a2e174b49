using System.Globalization;

namespace LastMile.Events.Invalidator.Api;

/// <summary>How long a request waits, as people write it: <c>500ms</c>, <c>5s</c>, <c>1.5s</c>, <c>2m</c>.</summary>
internal static class WaitTime
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    // Longer before shorter: what ends in ms ends in s too.
    private static readonly (string Name, TimeSpan Length)[] Units =
        [("ms", TimeSpan.FromMilliseconds(1)), ("s", TimeSpan.FromSeconds(1)), ("m", TimeSpan.FromMinutes(1))];

    /// <summary>Reads it.</summary>
    /// <returns>Why it can't be read; null when it was.</returns>
    public static string? Read(string text, out TimeSpan wait)
    {
        wait = default;
        var unit = Array.Find(Units, unit => text.EndsWith(unit.Name, StringComparison.Ordinal));
        if (unit.Name is null || !double.TryParse(text.AsSpan(0, text.Length - unit.Name.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return $"wait must be a number with its unit, as 500ms, 5s or 2m; it is '{Excerpt.Of(text, 40)}'.";
        if (number * unit.Length.TotalMilliseconds is var milliseconds && milliseconds is < 1 || milliseconds > Longest.TotalMilliseconds)
            return $"wait must be 1ms to 5m; it is {Excerpt.Of(text, 40)}.";

        wait = TimeSpan.FromMilliseconds(milliseconds);
        return null;
    }
}
