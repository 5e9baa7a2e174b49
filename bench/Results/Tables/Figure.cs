namespace LastMile.Events.Bench.Results.Tables;

/// <summary>How a measured figure is written: three digits that mean something, and no more.</summary>
internal static class Figure
{
    private const int Digits = 3;

    /// <summary>As <c>7,235</c>, <c>12.4</c>, <c>1.70</c>, <c>0.130</c>; a dash for what could not be computed.</summary>
    public static string Of(double value)
    {
        if (!double.IsFinite(value))
            return "–";
        if (value == 0)
            return "0";
        var decimals = Digits - 1 - (int)Math.Floor(Math.Log10(Math.Abs(value)));
        return value.ToString($"N{Math.Max(0, decimals)}");
    }

    /// <summary>As <c>0.58 to 1.02</c>.</summary>
    public static string Range(double lowest, double highest) => $"{Of(lowest)} to {Of(highest)}";
}
