using System.ComponentModel;
using System.Text.Json.Serialization;
using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Invalidator.Rules;
using LastMile.Events.Redis;

namespace LastMile.Events.Invalidator.Api;

/// <summary>What to purge: keys and tags, or a prefix, or everything.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record PurgeRequest
{
    [Description("Keys to drop, at most 5,000, each at most 1,024 bytes of UTF-8 without control characters, and none under LastMile's own prefix (lm:).")]
    public IReadOnlyList<string?>? Keys { get; init; }

    [Description("Tags to renew, at most 5,000, each at most 1,024 bytes of UTF-8 without control characters.")]
    public IReadOnlyList<string?>? Tags { get; init; }

    [Description("Drops every key that begins with this, in every region. Plain text, not a pattern. Instead of keys and tags.")]
    public string? Prefix { get; init; }

    [Description("True drops the whole cache, in every region. Instead of keys and tags.")]
    public bool? All { get; init; }

    [Description("Who or what asks, such as user:42. The name of the API key when left out. Cut at 200 characters.")]
    public string? Actor { get; init; }

    /// <summary>Why a request without a body can't be followed.</summary>
    internal const string Missing = """The body is missing. Send one of these: {"keys":[…],"tags":[…]} (either or both), {"prefix":"…"}, {"all":true}.""";

    /// <summary>Whether it names its keys and tags, each.</summary>
    [JsonIgnore]
    public bool IsOfNames => Prefix is null && All is null;

    /// <summary>Why it can't be followed; null when it can.</summary>
    public string? Reject(RedisKeys own, DatabaseEncoding encoding)
    {
        var asked = (Keys is null && Tags is null ? 0 : 1) + (Prefix is null ? 0 : 1) + (All is null ? 0 : 1);
        if (asked != 1)
            return """The body must hold one of these: {"keys":[…],"tags":[…]} (either or both), {"prefix":"…"}, {"all":true}.""";
        if (All == false)
            return "all must be true, or left out.";
        if (Prefix is not null)
            return RejectPrefix(Prefix, own, encoding);
        if (!IsOfNames)
            return null;
        if ((Keys?.Count ?? 0) + (Tags?.Count ?? 0) == 0)
            return "keys and tags are empty: name at least one.";
        return RejectNames("keys", RuleKind.Key, Keys ?? [], own, encoding) ?? RejectNames("tags", RuleKind.Tag, Tags ?? [], own, encoding);
    }

    /// <summary>What it orders. It was not rejected.</summary>
    public PurgeOrder ToOrder(PurgeOrigins origins) =>
        new([.. Distinct(Keys)], [.. Distinct(Tags)], [.. origins.All]) { Prefix = Prefix, Everything = All == true };

    private static string? RejectPrefix(string prefix, RedisKeys own, DatabaseEncoding encoding)
    {
        if (prefix.Length == 0)
            return """prefix is empty. To drop the whole cache send {"all":true}.""";
        if (PurgeNames.Reject(prefix, encoding) is { } reason)
            return $"prefix: {reason}.";
        if (PatternStart(prefix) is >= 0 and var start)
            return $"prefix: '{Truncation.Of(prefix, 60)}' holds a pattern, and a prefix is plain text: every key that begins with it goes. {Instead(prefix[..start])}";
        if (own.Prefix.StartsWith(prefix, StringComparison.Ordinal) || prefix.StartsWith(own.Prefix, StringComparison.Ordinal))
            return $"prefix: '{Truncation.Of(prefix, 60)}' would take in LastMile's own names, which begin with '{own.Prefix}'.";
        return null;
    }

    // Where a pattern begins, as KEYS and SCAN of Redis read it; -1 for none. A '?' or '[' inside may well be part of a key, such as a URL's.
    private static int PatternStart(string prefix) => prefix switch
    {
        _ when prefix.IndexOf('*', StringComparison.Ordinal) is >= 0 and var start => start,
        [.., '?'] => prefix.TrimEnd('?').Length,
        [.., ']'] => prefix.LastIndexOf('['),
        _ => -1,
    };

    private static string Instead(string before) =>
        before.Length == 0 ? """To drop the whole cache send {"all":true}.""" : $"Send '{Truncation.Of(before, 60)}'.";

    private static string? RejectNames(string member, RuleKind kind, IReadOnlyList<string?> names, RedisKeys own, DatabaseEncoding encoding)
    {
        if (names.Count > PurgeScript.MaxNames)
            return $"{member} holds {names.Count} names; it may hold {PurgeScript.MaxNames}. Send several requests.";
        for (var i = 0; i < names.Count; i++)
        {
            if (PurgeNames.Reject(kind, names[i], own, encoding) is { } reason)
                return $"{member}[{i}]: {reason}.";
        }

        return null;
    }

    private static IEnumerable<string> Distinct(IReadOnlyList<string?>? names) => (names ?? []).OfType<string>().Distinct(StringComparer.Ordinal);
}
