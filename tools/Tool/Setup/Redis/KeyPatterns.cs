using LastMile.Events.Redis;
using LastMile.Events.Tool.Installation;

namespace LastMile.Events.Tool.Setup.Redis;

/// <summary>Adapts the rules of an ACL file, which are written for the default prefix, to another <c>Redis:KeyPrefix</c>.</summary>
internal static class KeyPatterns
{
    private const string Special = @"*?[]\^-";

    /// <summary>Returns a rule for a prefix, such as <c>%R~lm:*:tag:*</c>.</summary>
    /// <param name="rule">The rule for the default prefix.</param>
    /// <param name="prefix">The prefix.</param>
    public static string Adapt(string rule, string prefix) =>
        rule.Replace(RedisKeys.DefaultPrefix, Escape(prefix), StringComparison.Ordinal);

    /// <summary>Returns patterns that together match all keys except those that begin with a prefix.</summary>
    public static IEnumerable<string> AllBut(string prefix) =>
        prefix.Select((next, index) => $"{Escape(prefix[..index])}[^{Escape(next.ToString())}]*");

    /// <summary>Throws if an ACL file can't contain a prefix.</summary>
    /// <exception cref="InstallationFileException">The prefix is empty, or contains a space or a character that is not ASCII.</exception>
    public static void Check(string prefix)
    {
        if (prefix.Length == 0 || prefix.Any(c => c is <= ' ' or >= '\x7f'))
        {
            throw new InstallationFileException(
                $"Redis:KeyPrefix is '{prefix}'. Use ASCII characters without spaces: ACL files permit no others.");
        }
    }

    private static string Escape(string text) =>
        string.Concat(text.Select(c => Special.Contains(c, StringComparison.Ordinal) ? $@"\{c}" : c.ToString()));
}
