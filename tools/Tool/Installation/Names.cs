namespace LastMile.Events.Tool.Installation;

/// <summary>The rule for names of regions and applications.</summary>
internal static class Names
{
    private const int Longest = 64;

    /// <summary>Returns why a name is invalid; null if it is valid. A region's agent applies the same rule to <c>Region:Name</c>.</summary>
    /// <param name="kind">What is named, such as <c>region</c>.</param>
    /// <param name="name">The name.</param>
    public static string? Problem(string kind, string name) =>
        name.Length is > 0 and <= Longest && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            ? null
            : $"The name of {kind} '{name}' is invalid. It becomes part of queue names, so use 1 to {Longest} letters, digits, '-' or '_'.";
}
