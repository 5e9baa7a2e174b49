using System.Globalization;
using System.Numerics;

namespace LastMile.Events.EntityFrameworkCore.Keys;

/// <summary>
/// Writes floating-point numbers as PostgreSQL does with <c>extra_float_digits = 1</c>: with the fewest digits that are strictly closer to
/// the number than to its neighbors.
/// </summary>
/// <remarks>
/// .NET also accepts digits exactly halfway between two numbers if a parser rounds them to the right one: it writes 1E+23, but PostgreSQL
/// writes 9.999999999999999e+22.
/// </remarks>
internal static class FloatText
{
    private const int SmallestFixedExponent = -4;

    public static string Of(double value)
    {
        var bits = BitConverter.DoubleToUInt64Bits(value);
        return NonFinite(value)
            ?? Of(bits >> 63 != 0, bits & 0xF_FFFF_FFFF_FFFF, (int)(bits >> 52) & 0x7FF, mantissaBits: 52, bias: 1075, fixedExponents: 15);
    }

    public static string Of(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return NonFinite(value)
            ?? Of(bits >> 31 != 0, bits & 0x7F_FFFF, (int)(bits >> 23) & 0xFF, mantissaBits: 23, bias: 150, fixedExponents: 6);
    }

    private static string? NonFinite(double value) =>
        double.IsNaN(value) ? "NaN"
        : double.IsPositiveInfinity(value) ? "Infinity"
        : double.IsNegativeInfinity(value) ? "-Infinity"
        : null;

    private static string Of(bool negative, ulong fraction, int biased, int mantissaBits, int bias, int fixedExponents)
    {
        var sign = negative ? "-" : "";
        if (fraction == 0 && biased == 0)
            return sign + "0";

        var mantissa = biased == 0 ? fraction : fraction | (1UL << mantissaBits);
        // At a power of two, the neighbor below is half as far away as the one above.
        var gapBelow = fraction == 0 && biased > 1 ? 1 : 2;
        var (digits, exponent) = Shortest(mantissa, Math.Max(biased, 1) - bias, gapBelow);
        var isFixed = exponent >= SmallestFixedExponent && exponent < fixedExponents;
        return sign + (isFixed ? Fixed(digits, exponent) : Scientific(digits, exponent));
    }

    // Returns the digits of mantissa * 2^power and the power of ten of the first digit. The unit is a quarter of the last bit, because a
    // midpoint to a neighbor is half or a quarter of the last bit away.
    private static (string Digits, int Exponent) Shortest(ulong mantissa, int power, int gapBelow)
    {
        var scale = BigInteger.Pow(2, Math.Abs(power - 2));
        var (unit, denominator) = power >= 2 ? (scale, BigInteger.One) : (BigInteger.One, scale);
        var value = mantissa * 4 * unit;
        var (low, high) = (value - (gapBelow * unit), value + (2 * unit));
        var exponent = ExponentOf(value, denominator);

        for (var count = 1; ; count++)
        {
            var place = BigInteger.Pow(10, Math.Abs(exponent - count + 1));
            var (factor, step) = exponent - count + 1 >= 0 ? (BigInteger.One, denominator * place) : (place, denominator);
            var below = BigInteger.DivRem(value * factor, step, out var rest);
            var belowFits = below * step > low * factor;
            var aboveFits = (below + 1) * step < high * factor;
            if (belowFits || aboveFits)
                return Trimmed(aboveFits && (!belowFits || IsNearerAbove(rest * 2, step, below)) ? below + 1 : below, exponent, count);
        }
    }

    private static bool IsNearerAbove(BigInteger twiceRest, BigInteger step, BigInteger below) =>
        twiceRest > step || (twiceRest == step && !below.IsEven);

    private static int ExponentOf(BigInteger value, BigInteger denominator)
    {
        var exponent = (int)Math.Floor(BigInteger.Log10(value) - BigInteger.Log10(denominator));
        // Logarithms are rounded, so correct the estimate.
        while (value < denominator * Power(exponent) || (exponent < 0 && value * Power(-exponent) < denominator))
            exponent--;
        while (exponent + 1 >= 0 ? value >= denominator * Power(exponent + 1) : value * Power(-exponent - 1) >= denominator)
            exponent++;

        return exponent;

        static BigInteger Power(int of) => of < 0 ? BigInteger.Zero : BigInteger.Pow(10, of);
    }

    private static (string Digits, int Exponent) Trimmed(BigInteger decimals, int exponent, int count)
    {
        var digits = decimals.ToString(CultureInfo.InvariantCulture);
        return (digits.TrimEnd('0'), exponent + digits.Length - count);
    }

    private static string Fixed(string digits, int exponent) =>
        exponent < 0 ? "0." + new string('0', -exponent - 1) + digits
        : digits.Length <= exponent + 1 ? digits.PadRight(exponent + 1, '0')
        : digits[..(exponent + 1)] + "." + digits[(exponent + 1)..];

    private static string Scientific(string digits, int exponent) => string.Create(
        CultureInfo.InvariantCulture,
        $"{digits[0]}{(digits.Length > 1 ? "." : "")}{digits[1..]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
}
