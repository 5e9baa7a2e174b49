using System.Collections;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using Microsoft.EntityFrameworkCore;
using NpgsqlTypes;

namespace LastMile.Events.EntityFrameworkCore.Keys;

/// <summary>
/// The text form of values for each column type, equal to that of <c>lastmile.text_form</c> in the database. Other types have no text form
/// that client and server share. docs/capture.md has the same table.
/// </summary>
internal static class TextForms
{
    /// <summary>Returns a function that renders the values of a column; null for a type that the client cannot render.</summary>
    /// <param name="type">The column's type.</param>
    /// <param name="stored">The CLR type of the stored values.</param>
    public static Func<object, string>? Of(StoreType type, Type stored) => type.Name switch
    {
        "smallint" or "integer" or "bigint" or "oid" => WholeNumbers(stored),
        "numeric" => NumericText.Of(type, stored),
        "real" => For<float>(stored, FloatText.Of),
        "double precision" => For<double>(stored, FloatText.Of),
        "boolean" => For<bool>(stored, value => value ? "true" : "false"),
        "uuid" => For<Guid>(stored, value => value.ToString("D", CultureInfo.InvariantCulture)),
        "text" or "citext" => For<string>(stored, value => value),
        "ltree" => For<string>(stored, value => value) ?? For<LTree>(stored, value => value),
        "character varying" => For<string>(stored, value => Shortened(value, type.Argument)),
        "character" => For<string>(stored, value => Padded(value, type.Argument ?? 1))
            ?? For<char>(stored, value => Padded(value.ToString(), type.Argument ?? 1)),
        "bytea" => For<byte[]>(stored, Convert.ToHexStringLower),
        "bit" or "bit varying" => For<BitArray>(stored, value => string.Concat(value.Cast<bool>().Select(bit => bit ? '1' : '0'))),
        "inet" => For<IPAddress>(stored, NetworkText.Of) ?? For<NpgsqlInet>(stored, NetworkText.Of),
        "cidr" => For<IPNetwork>(stored, NetworkText.Of),
        "macaddr" => For<PhysicalAddress>(stored, value => NetworkText.Of(value, bytes: 6)),
        "macaddr8" => For<PhysicalAddress>(stored, value => NetworkText.Of(value, bytes: 8)),
        _ => Times(type, stored),
    };

    private static Func<object, string>? Times(StoreType type, Type stored) => type.Name switch
    {
        "date" => For<DateOnly>(stored, TimeText.OfDate) ?? For<DateTime>(stored, TimeText.OfDate),
        "timestamp without time zone" => For<DateTime>(stored, value => TimeText.OfTimestamp(value, type.Argument)),
        "timestamp with time zone" => For<DateTime>(stored, value => TimeText.OfTimestampInUtc(value, type.Argument))
            ?? For<DateTimeOffset>(stored, value => TimeText.OfTimestampInUtc(value.UtcDateTime, type.Argument)),
        "time without time zone" => For<TimeOnly>(stored, value => TimeText.OfTime(value.ToTimeSpan(), type.Argument))
            ?? For<TimeSpan>(stored, value => TimeText.OfTime(value, type.Argument)),
        "time with time zone" => For<DateTimeOffset>(stored, value => TimeText.OfTimeWithZone(value, type.Argument)),
        "interval" => For<TimeSpan>(stored, value => TimeText.OfInterval(value, type.Argument)),
        _ => null,
    };

    private static Func<object, string>? WholeNumbers(Type stored) =>
        stored == typeof(byte) || stored == typeof(short) || stored == typeof(int) || stored == typeof(long) || stored == typeof(uint)
            ? value => Convert.ToInt64(value, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)
            : null;

    private static Func<object, string>? For<T>(Type stored, Func<T, string> text) =>
        stored == typeof(T) ? value => text((T)value) : null;

    // PostgreSQL counts code points; a code point past U+FFFF is two chars in .NET.
    private static string Padded(string value, int length) =>
        Shortened(value, length) + new string(' ', Math.Max(0, length - Characters(value)));

    // PostgreSQL truncates excess spaces and rejects any other excess.
    private static string Shortened(string value, int? length)
    {
        var excess = length is { } limit ? Characters(value) - limit : 0;
        return excess > 0 && value.AsSpan(value.Length - excess).Trim(' ').IsEmpty ? value[..^excess] : value;
    }

    private static int Characters(string value) => value.EnumerateRunes().Count();
}
