using System.Globalization;

namespace LastMile.Events.EntityFrameworkCore.Keys;

/// <summary>
/// Writes dates and times in ISO 8601. Npgsql truncates to microseconds; PostgreSQL rounds to the column's precision.
/// </summary>
internal static class TimeText
{
    private const int MaxPrecision = 6;
    private const long MicrosecondsPerSecond = 1_000_000;

    // PostgreSQL's epoch: Npgsql truncates toward it, and PostgreSQL rounds halves away from it.
    private static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);

    private static readonly bool Infinities =
        !(AppContext.TryGetSwitch("Npgsql.DisableDateTimeInfinityConversions", out var disabled) && disabled);

    public static string OfDate(DateOnly value) =>
        OfInfinity(value == DateOnly.MinValue, value == DateOnly.MaxValue) ?? value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string OfDate(DateTime value) =>
        OfInfinity(value == DateTime.MinValue, value == DateTime.MaxValue) ?? OfDate(DateOnly.FromDateTime(value));

    /// <param name="value">A time without a zone; its kind is ignored.</param>
    /// <param name="precision">The number of fractional digits that the column stores; null for all six.</param>
    public static string OfTimestamp(DateTime value, int? precision) =>
        OfInfinity(value.Ticks == DateTime.MinValue.Ticks, value.Ticks == DateTime.MaxValue.Ticks) ?? Timestamp(value, precision);

    /// <inheritdoc cref="OfTimestamp" />
    /// <exception cref="ArgumentException">The value has no zone.</exception>
    public static string OfTimestampInUtc(DateTime value, int? precision)
    {
        if (OfInfinity(value.Ticks == DateTime.MinValue.Ticks, value.Ticks == DateTime.MaxValue.Ticks) is { } infinity)
            return infinity;
        if (value.Kind == DateTimeKind.Unspecified)
        {
            throw new ArgumentException(
                "The DateTime has no time zone, but its column requires one. Pass a DateTime whose Kind is Utc or Local.", nameof(value));
        }

        return Timestamp(value.ToUniversalTime(), precision) + "Z";
    }

    public static string OfTime(TimeSpan value, int? precision)
    {
        var microseconds = Rounded(value.Ticks / TimeSpan.TicksPerMicrosecond, precision);
        var seconds = microseconds / MicrosecondsPerSecond;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{seconds / 3600:00}:{seconds / 60 % 60:00}:{seconds % 60:00}{Fraction(microseconds)}");
    }

    public static string OfTimeWithZone(DateTimeOffset value, int? precision)
    {
        var (offset, sign) = (value.Offset.Duration(), value.Offset < TimeSpan.Zero ? '-' : '+');
        var minutes = offset.Minutes == 0 ? "" : offset.Minutes.ToString("':'00", CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{OfTime(value.TimeOfDay, precision)}{sign}{offset.Hours:00}{minutes}");
    }

    /// <summary>Returns the text of an interval of days and a time, which is how Npgsql writes a <see cref="TimeSpan"/>.</summary>
    public static string OfInterval(TimeSpan value, int? precision)
    {
        var microseconds = Rounded((value - TimeSpan.FromDays(value.Days)).Ticks / TimeSpan.TicksPerMicrosecond, precision);
        var seconds = microseconds / MicrosecondsPerSecond;
        var time = microseconds == 0 ? "" : "T" + Part(seconds / 3600, 'H') + Part(seconds / 60 % 60, 'M') + Seconds(microseconds);
        var parts = Part(value.Days, 'D') + time;
        return parts.Length == 0 ? "PT0S" : "P" + parts;
    }

    private static string? OfInfinity(bool past, bool future) =>
        !Infinities ? null
        : past ? "-infinity"
        : future ? "infinity"
        : null;

    private static string Timestamp(DateTime value, int? precision)
    {
        var microseconds = Rounded((value.Ticks - Epoch.Ticks) / TimeSpan.TicksPerMicrosecond, precision);
        return Epoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond)
            .ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
    }

    // Rounds half away from zero.
    private static long Rounded(long microseconds, int? precision)
    {
        if (precision is not { } digits || digits >= MaxPrecision)
            return microseconds;

        var step = (long)Math.Pow(10, MaxPrecision - digits);
        return (microseconds + (microseconds < 0 ? -step / 2 : step / 2)) / step * step;
    }

    private static string Part(long value, char unit) =>
        value == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{value}{unit}");

    private static string Seconds(long microseconds)
    {
        var ofMinute = Math.Abs(microseconds % (60 * MicrosecondsPerSecond));
        var sign = microseconds < 0 ? "-" : "";
        return ofMinute == 0
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $"{sign}{ofMinute / MicrosecondsPerSecond}{Fraction(ofMinute)}S");
    }

    private static string Fraction(long microseconds)
    {
        var fraction = Math.Abs(microseconds % MicrosecondsPerSecond);
        return fraction == 0 ? "" : "." + fraction.ToString("000000", CultureInfo.InvariantCulture).TrimEnd('0');
    }
}
