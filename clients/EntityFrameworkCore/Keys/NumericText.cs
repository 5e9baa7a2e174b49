using System.Globalization;
using System.Numerics;

namespace LastMile.Events.EntityFrameworkCore.Keys;

/// <summary>Writes numbers of a <c>numeric</c> column, with as many fractional digits as the column declares.</summary>
internal static class NumericText
{
    public static Func<object, string>? Of(StoreType type, Type stored)
    {
        var scale = type.Arguments.Count > 1 ? type.Arguments[1] : 0;
        if (type.Arguments.Count == 0 || scale < 0)
            return null;
        if (stored == typeof(BigInteger))
            return value => ((BigInteger)value).ToString(CultureInfo.InvariantCulture) + Zeros(scale);

        return stored == typeof(decimal) ? value => Of((decimal)value, scale) : null;
    }

    // PostgreSQL has no negative zero and rounds half away from zero.
    private static string Of(decimal value, int scale)
    {
        var rounded = decimal.Round(value, Math.Min(scale, 28), MidpointRounding.AwayFromZero);
        var format = string.Create(CultureInfo.InvariantCulture, $"F{scale}");
        return (rounded == 0 ? 0 : rounded).ToString(format, CultureInfo.InvariantCulture);
    }

    private static string Zeros(int scale) => scale == 0 ? "" : "." + new string('0', scale);
}
