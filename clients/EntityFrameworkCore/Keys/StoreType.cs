using System.Globalization;
using System.Text.RegularExpressions;

namespace LastMile.Events.EntityFrameworkCore.Keys;

/// <summary>A column type: PostgreSQL's canonical name and the numbers in parentheses.</summary>
internal sealed partial record StoreType(string Name, IReadOnlyList<int> Arguments)
{
    private static readonly Dictionary<string, string> Aliases = new(StringComparer.Ordinal)
    {
        ["int2"] = "smallint",
        ["int"] = "integer",
        ["int4"] = "integer",
        ["int8"] = "bigint",
        ["float4"] = "real",
        ["float8"] = "double precision",
        ["decimal"] = "numeric",
        ["bool"] = "boolean",
        ["varchar"] = "character varying",
        ["char"] = "character",
        ["varbit"] = "bit varying",
        ["timestamp"] = "timestamp without time zone",
        ["timestamptz"] = "timestamp with time zone",
        ["time"] = "time without time zone",
        ["timetz"] = "time with time zone",
    };

    /// <summary>The first argument, such as a length or a number of fractional digits; null if there is none.</summary>
    public int? Argument => Arguments.Count > 0 ? Arguments[0] : null;

    /// <param name="text">A type or an alias, such as <c>numeric(12,2)</c> or <c>timestamp(3) with time zone</c>.</param>
    public static StoreType Parse(string text)
    {
        var match = Parts.Match(text);
        var arguments = match.Groups["arguments"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (!match.Success || !Array.TrueForAll(arguments, argument => int.TryParse(argument, CultureInfo.InvariantCulture, out _)))
            return new StoreType(text, []);

        var name = $"{match.Groups["name"].Value} {match.Groups["rest"].Value}".Trim().ToLowerInvariant();
        return new StoreType(
            Aliases.GetValueOrDefault(name, name),
            [.. arguments.Select(argument => int.Parse(argument, CultureInfo.InvariantCulture))]);
    }

    [GeneratedRegex(
        @"^\s*(?<name>[^()]*[^()\s])\s*(\((?<arguments>[^()]*)\)\s*(?<rest>[^()]*))?$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parts { get; }
}
