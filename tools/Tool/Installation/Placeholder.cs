using System.Text.RegularExpressions;

namespace LastMile.Events.Tool.Installation;

/// <summary>A text in an installation file that the operator must replace with an address.</summary>
internal static partial class Placeholder
{
    /// <summary>Returns the placeholder for an address.</summary>
    /// <param name="what">What is missing, such as <c>REDIS-PRIMARY</c>.</param>
    public static string For(string what) => $"FILL-IN-{what.ToUpperInvariant()}";

    /// <summary>Returns the first placeholder in a text; null if it has none.</summary>
    public static string? In(string? text) => text is not null && Pattern().Match(text) is { Success: true } match ? match.Value : null;

    /// <summary>Throws if a setting is missing or contains a placeholder.</summary>
    /// <param name="setting">The setting's name, such as <c>Redis:ConnectionString</c>.</param>
    /// <param name="value">Its value.</param>
    /// <returns>The value.</returns>
    /// <exception cref="InstallationFileException">The setting is missing or not filled in.</exception>
    public static string Filled(string setting, string? value)
    {
        if (string.IsNullOrEmpty(value))
            throw new InstallationFileException($"{setting} is missing in the installation file. 'lastmile init' writes an example.");
        return In(value) is { } placeholder
            ? throw new InstallationFileException(
                $"{setting} is not filled in yet: replace {placeholder} in the installation file with the address.")
            : value;
    }

    // System.Uri writes host names in lower case.
    [GeneratedRegex("FILL-IN-[A-Z0-9_-]+", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Pattern();
}
