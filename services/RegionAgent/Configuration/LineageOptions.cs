using System.ComponentModel.DataAnnotations;
using LastMile.Events.Hosting;
using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Configuration;

/// <summary>A database whose purges reach the region, and the access to its purge log: an entry of <c>Region:Lineages</c>.</summary>
internal sealed class LineageOptions
{
    /// <summary>The lineage's name: <c>Invalidator:Lineage</c> of its database. Default <c>main</c>.</summary>
    public string Name { get; set; } = RedisKeys.DefaultLineage;

    /// <summary>
    /// The Invalidators' addresses, separated by commas, such as <c>https://invalidator-1:8443,https://invalidator-2:8443</c>. While the
    /// bus is silent, the agent receives purges from there. Default none: the agent depends on the bus alone.
    /// </summary>
    public string? LogAddress { get; set; }

    /// <summary>An API key with scope <c>log</c>. Default none, for Invalidators on this machine that have no keys.</summary>
    public string? LogApiKey { get; set; }

    /// <summary>
    /// A PEM file of the CA that signs the Invalidators' certificates, for <c>https</c>. Default none: the CAs that the machine trusts.
    /// </summary>
    public string? LogCaCertificate { get; set; }

    /// <summary>The addresses, in the order in which the agent tries them.</summary>
    public IReadOnlyList<Uri> Addresses() => LogAddress is null
        ? []
        : [.. LogAddress.Split(',', StringSplitOptions.TrimEntries).Select(text => new Uri(text))];

    /// <summary>Returns the errors. They never contain the key, because they are logged.</summary>
    /// <param name="setting">The path of the entry, such as <c>Region:Lineages:0</c>.</param>
    public IEnumerable<ValidationResult> Validate(string setting)
    {
        if (!RedisKeys.IsLineage(Name))
        {
            yield return new(
                $"{setting}:{nameof(Name)} must be 1 to {RedisKeys.LineageLength} letters, digits, '-' or '_'; it is '{Name}'.");
        }

        var readable = LogAddress is null || IsAddressList(LogAddress);
        if (!readable)
        {
            yield return new(
                $"{setting}:{nameof(LogAddress)} must be one or more addresses of Invalidators, such as http://invalidator:8080, "
                    + "separated by commas; it can't be read.");
        }

        if (LogApiKey is not null && (LogApiKey.Length == 0 || LogApiKey.Any(c => c is <= ' ' or >= '\u007f')))
            yield return new($"{setting}:{nameof(LogApiKey)} must be printable ASCII without spaces.");
        if (LogAddress is null && (LogApiKey ?? LogCaCertificate) is not null)
        {
            var other = LogApiKey is null ? nameof(LogCaCertificate) : nameof(LogApiKey);
            yield return new($"{setting}:{nameof(LogAddress)} is missing, but {other} is set. Set the Invalidators' addresses.");
        }

        if (string.IsNullOrEmpty(LogCaCertificate))
            yield break;
        if (CustomCaValidator.Problem(setting + ":" + nameof(LogCaCertificate), LogCaCertificate) is { } problem)
            yield return new(problem);
        if (readable && Addresses().Any(address => address.Scheme == Uri.UriSchemeHttp))
        {
            yield return new(
                $"{setting}:{nameof(LogCaCertificate)} is set without TLS. Use https in {nameof(LogAddress)}, or remove it.");
        }
    }

    private static bool IsAddressList(string text)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        return parts.All(part => Uri.TryCreate(part, UriKind.Absolute, out var address)
            && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            && address is { UserInfo: "", Query: "", Fragment: "" });
    }
}
