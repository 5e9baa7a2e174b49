using System.Security.Cryptography;
using System.Text;
using LastMile.Events.Redis;

namespace LastMile.Events.Tool.Setup.Redis;

/// <summary>A user of a Redis server, which is a line of its ACL file.</summary>
/// <param name="Name">The name.</param>
/// <param name="Password">The password.</param>
/// <param name="Rules">The rights, as <c>ACL SETUSER</c> accepts them.</param>
internal sealed record RedisUserRules(string Name, string Password, IReadOnlyList<string> Rules)
{
    private const string Placeholder = "#SHA256-OF-THE-PASSWORD-OF-";

    // Matches every key that does not begin with the default prefix.
    private static readonly string[] AllButDefault = [.. KeyPatterns.AllBut(RedisKeys.DefaultPrefix).Select(Writable)];

    /// <summary>The rule that lets the user log in with the password.</summary>
    public string Hash { get; } = "#" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Password)));

    /// <summary>Returns the users of an ACL file from deploy/. A user without a login is left out.</summary>
    /// <param name="file">The name of the file.</param>
    /// <param name="prefix">The prefix of LastMile's names.</param>
    /// <param name="logins">The logins by the name of the user in the file.</param>
    public static IReadOnlyList<RedisUserRules> Of(string file, string prefix, IReadOnlyDictionary<string, Login> logins) =>
    [
        .. EmbeddedFile.Read(file).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => logins.ContainsKey(words[1]) && words[3].StartsWith(Placeholder, StringComparison.Ordinal))
            .Select(words => new RedisUserRules(logins[words[1]].User, logins[words[1]].Password, [.. Adapt(words[4..], prefix)])),
    ];

    /// <summary>Returns the user with additional rights, such as <c>+hset +hget</c>.</summary>
    public RedisUserRules With(string? rules) =>
        rules is null ? this : this with { Rules = [.. Rules, .. rules.Split(' ', StringSplitOptions.RemoveEmptyEntries)] };

    /// <summary>Returns the line of an ACL file.</summary>
    public override string ToString() => $"user {Name} on {Hash} {string.Join(' ', Rules)}";

    private static IEnumerable<string> Adapt(IEnumerable<string> rules, string prefix) => rules.SelectMany(rule =>
        rule == AllButDefault[0] ? KeyPatterns.AllBut(prefix).Select(Writable)
        : AllButDefault.Contains(rule, StringComparer.Ordinal) ? []
        : [KeyPatterns.Adapt(rule, prefix)]);

    private static string Writable(string pattern) => $"%RW~{pattern}";
}
