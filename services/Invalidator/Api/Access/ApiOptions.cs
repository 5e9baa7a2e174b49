using System.ComponentModel.DataAnnotations;

namespace LastMile.Events.Invalidator.Api.Access;

/// <summary>Access to the HTTP API: section <c>Api</c>.</summary>
internal sealed class ApiOptions : IValidatableObject
{
    public const string Section = "Api";

    private const int ShortestKey = 16;

    /// <summary>The API keys. Without any, only this machine may use the API, and it needs no key.</summary>
    public List<ApiKey> Keys { get; set; } = [];

    /// <summary>
    /// Host names, in addition to localhost and loopback addresses, that requests from this machine may use while no key is configured; for
    /// example, the name of a proxy on this machine. Default none. Other names are rejected: a browser sends them for pages of other sites.
    /// </summary>
    public List<string> Hosts { get; set; } = [];

    // Messages never contain a key, because they are logged.
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        for (var i = 0; i < Hosts.Count; i++)
        {
            if (Uri.CheckHostName(Hosts[i]) == UriHostNameType.Unknown)
                yield return new($"Api:Hosts:{i} must be a host's name without a port; it is '{Hosts[i]}'.");
        }

        for (var i = 0; i < Keys.Count; i++)
        {
            var (setting, key) = ($"Api:Keys:{i}", Keys[i]);
            if (string.IsNullOrWhiteSpace(key.Name))
                yield return new($"{setting}:Name must name the owner of the key.");
            else if (Keys.FindIndex(other => other.Name == key.Name) < i)
                yield return new($"{setting}:Name must be unique: an earlier key is also named '{key.Name}'.");

            if (key.Key.Length < ShortestKey || key.Key.Any(c => c is <= ' ' or >= '\u007f'))
                yield return new($"{setting}:Key must be at least {ShortestKey} characters of printable ASCII without spaces.");
            else if (Keys.FindIndex(other => other.Key == key.Key) < i)
                yield return new($"{setting}:Key must be unique: an earlier entry has the same key.");

            if (key.Scopes.Count == 0 || key.Scopes.Except(Scopes.All, StringComparer.Ordinal).Any())
            {
                yield return new(
                    $"{setting}:Scopes must be one or more of {string.Join(", ", Scopes.All)}; it is '{string.Join(", ", key.Scopes)}'.");
            }
        }
    }

    /// <summary>An API key and its scopes.</summary>
    internal sealed class ApiKey
    {
        /// <summary>The owner of the key, and the actor of its purges that name no other actor. Required.</summary>
        public string Name { get; set; } = "";

        /// <summary>The secret: at least 16 characters, printable ASCII without spaces. <c>openssl rand -hex 24</c> makes one.</summary>
        public string Key { get; set; } = "";

        /// <summary>One or more of <c>read</c>, <c>log</c>, <c>purge</c> and <c>purge-all</c>.</summary>
        public List<string> Scopes { get; set; } = [];
    }
}
