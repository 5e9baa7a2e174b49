using System.ComponentModel;
using System.Text.Json.Serialization;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Redis;

namespace LastMile.Events.Invalidator.Intake.Http;

/// <summary>The body of <c>POST /purges</c>: keys and tags, a prefix, or everything.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record PurgeRequest
{
    [Description(
        "Keys to drop: at most 5,000 with 524,288 characters in total, each at most 1,024 bytes of UTF-8 without control characters. "
        + "Keys that begin with LastMile's own prefix (lm:) are rejected.")]
    public IReadOnlyList<string?>? Keys { get; init; }

    [Description(
        "Tags to renew: at most 5,000 with 524,288 characters in total, each at most 1,024 bytes of UTF-8 without control characters.")]
    public IReadOnlyList<string?>? Tags { get; init; }

    [Description("Drops every key that begins with this text, in every region. Not a pattern. Not combined with keys, tags or all.")]
    public string? Prefix { get; init; }

    [Description("True drops the whole cache in every region. Not combined with keys, tags or prefix.")]
    public bool? All { get; init; }

    [Description("The person or program that requests the purge, such as user:42, cut at 200 characters. Default: the API key's name.")]
    public string? Actor { get; init; }

    /// <summary>The error for a request without a body.</summary>
    internal const string Missing =
        """The body is missing. Send one of these: {"keys":[…],"tags":[…]} (either or both), {"prefix":"…"}, {"all":true}.""";

    /// <summary>Whether the request lists keys and tags, as opposed to a prefix or everything.</summary>
    [JsonIgnore]
    public bool ListsNames => Prefix is null && All is null;

    /// <summary>Returns why the request is invalid; null when it is valid.</summary>
    public string? Reject(RedisKeys own, DatabaseEncoding encoding)
    {
        var targets = (Keys is null && Tags is null ? 0 : 1) + (Prefix is null ? 0 : 1) + (All is null ? 0 : 1);
        if (targets != 1)
            return """The body must have exactly one of these: {"keys":[…],"tags":[…]} (either or both), {"prefix":"…"}, {"all":true}.""";
        if (All == false)
            return "all must be true or omitted.";
        if (Prefix is not null)
            return RejectPrefix(Prefix, own, encoding);
        if (!ListsNames)
            return null;
        if ((Keys?.Count ?? 0) + (Tags?.Count ?? 0) == 0)
            return "keys and tags are empty: name at least one.";
        return RejectNames("keys", RuleKind.Key, Keys ?? [], own, encoding) ?? RejectNames("tags", RuleKind.Tag, Tags ?? [], own, encoding);
    }

    /// <summary>Converts a valid request into a purge order.</summary>
    public PurgeOrder ToOrder(PurgeOrigins origins) =>
        new([.. Distinct(Keys)], [.. Distinct(Tags)], [.. origins.All]) { Prefix = Prefix, Everything = All == true };

    private static string? RejectPrefix(string prefix, RedisKeys own, DatabaseEncoding encoding)
    {
        if (prefix.Length == 0)
            return """prefix is empty. To drop the whole cache, send {"all":true}.""";
        if (PurgeNames.Reject(prefix, encoding) is { } reason)
            return $"prefix: {reason}.";
        if (PatternStart(prefix) is >= 0 and var start)
        {
            return $"prefix: '{Truncation.Of(prefix, 60)}' contains a pattern, but a prefix is plain text: every key that begins with it "
                + $"is dropped. {Instead(prefix[..start])}";
        }

        if (own.Prefix.StartsWith(prefix, StringComparison.Ordinal) || prefix.StartsWith(own.Prefix, StringComparison.Ordinal))
            return $"prefix: '{Truncation.Of(prefix, 60)}' would include LastMile's own names, which begin with '{own.Prefix}'.";
        return null;
    }

    // Returns where a pattern in the syntax of KEYS and SCAN begins; -1 for none. A '?' or '[' inside may be part of a key, such as a URL.
    private static int PatternStart(string prefix) => prefix switch
    {
        _ when prefix.IndexOf('*', StringComparison.Ordinal) is >= 0 and var start => start,
        [.., '?'] => prefix.TrimEnd('?').Length,
        [.., ']'] => prefix.LastIndexOf('['),
        _ => -1,
    };

    private static string Instead(string before) =>
        before.Length == 0 ? """To drop the whole cache, send {"all":true}.""" : $"Send '{Truncation.Of(before, 60)}'.";

    private static string? RejectNames(string member, RuleKind kind, IReadOnlyList<string?> names, RedisKeys own, DatabaseEncoding encoding)
    {
        if (names.Count > PurgeScript.MaxNames)
            return $"{member} has {names.Count} names; at most {PurgeScript.MaxNames} are allowed. Send several requests.";
        // One request is one batch, which must fit into one message of the bus.
        if (names.Sum(name => (long)(name?.Length ?? 0)) is > PurgeScript.MaxCharacters and var characters)
            return $"{member} has {characters} characters; at most {PurgeScript.MaxCharacters} are allowed. Send several requests.";
        for (var i = 0; i < names.Count; i++)
        {
            if (PurgeNames.Reject(kind, names[i], own, encoding) is { } reason)
                return $"{member}[{i}]: {reason}.";
        }

        return null;
    }

    private static IEnumerable<string> Distinct(IReadOnlyList<string?>? names) =>
        (names ?? []).OfType<string>().Distinct(StringComparer.Ordinal);
}
