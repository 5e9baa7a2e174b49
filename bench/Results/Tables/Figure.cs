namespace LastMile.Events.Bench.Results.Tables;

/// <summary>Formats measured figures with three significant digits; figures of 1,000 and more keep all integer digits.</summary>
internal static class Figure
{
    private const int Digits = 3;

    /// <summary>
    /// Formats a value, for example <c>7,235</c>, <c>12.4</c>, <c>1.70</c>, <c>0.130</c>; a dash stands for a value that could not be
    /// computed.
    /// </summary>
    public static string Of(double value)
    {
        if (!double.IsFinite(value))
            return "–";
        if (value == 0)
            return "0";
        var decimals = Digits - 1 - (int)Math.Floor(Math.Log10(Math.Abs(value)));
        return value.ToString($"N{Math.Max(0, decimals)}");
    }

    /// <summary>Formats a range, for example <c>0.58 to 1.02</c>.</summary>
    public static string Range(double lowest, double highest) => $"{Of(lowest)} to {Of(highest)}";
}
