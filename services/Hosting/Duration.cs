using System.Globalization;

namespace LastMile.Events.Hosting;

/// <summary>Parses durations with a unit: <c>500ms</c>, <c>1.5s</c>, <c>2m</c>, <c>1h</c>, <c>7d</c>.</summary>
public static class Duration
{
    // Longer names first: a text that ends in ms also ends in s.
    private static readonly (string Name, TimeSpan Length)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)),
        ("d", TimeSpan.FromDays(1)),
    ];

    /// <summary>Parses a number with a unit. The number is not negative and has no sign, space or exponent.</summary>
    /// <param name="text">The text.</param>
    /// <param name="duration">The duration; <see cref="TimeSpan.MaxValue"/> for a longer one.</param>
    /// <returns>Whether the text is a number with a unit.</returns>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        ArgumentNullException.ThrowIfNull(text);
        duration = default;
        var unit = Array.Find(Units, unit => text.EndsWith(unit.Name, StringComparison.Ordinal));
        // A decimal: double.TryParse also accepts NaN and Infinity.
        if (unit.Name is null
            || !decimal.TryParse(
                text.AsSpan(0, text.Length - unit.Name.Length),
                NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out var number))
        {
            return false;
        }

        duration = number < TimeSpan.MaxValue.Ticks / unit.Length.Ticks
            ? TimeSpan.FromTicks((long)(number * unit.Length.Ticks))
            : TimeSpan.MaxValue;
        return true;
    }

    /// <summary>
    /// Parses a setting: a number with a unit, 0, or .NET's form <c>d.hh:mm:ss.fff</c>. Rejects a bare number, which .NET reads as days.
    /// </summary>
    /// <param name="text">The setting's value.</param>
    /// <param name="duration">The duration.</param>
    /// <returns>Whether the text is a duration.</returns>
    public static bool TryParseSetting(string text, out TimeSpan duration)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text.Replace(" ", "", StringComparison.Ordinal), out duration)
            || ((text == "0" || text.Contains(':', StringComparison.Ordinal))
                && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out duration));
    }

    /// <summary>Formats a duration as a whole number of its largest possible unit, such as <c>90s</c>; <c>0</c> for zero.</summary>
    /// <param name="duration">The duration. Fractions of a millisecond are written as such.</param>
    public static string Format(TimeSpan duration)
    {
        var unit = Units.Where(unit => duration.Ticks % unit.Length.Ticks == 0).DefaultIfEmpty(Units[0]).MaxBy(unit => unit.Length);
        return duration == TimeSpan.Zero ? "0" : (duration / unit.Length).ToString(CultureInfo.InvariantCulture) + unit.Name;
    }
}
