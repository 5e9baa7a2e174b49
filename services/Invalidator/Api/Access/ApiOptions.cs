using System.ComponentModel.DataAnnotations;

namespace LastMile.Events.Invalidator.Api.Access;

/// <summary>Who may use the HTTP API: section <c>Api</c>.</summary>
internal sealed class ApiOptions : IValidatableObject
{
    public const string Section = "Api";

    private const int ShortestKey = 16;

    /// <summary>The keys. None: only this machine may use the API, and needs no key.</summary>
    public List<ApiKey> Keys { get; set; } = [];

    /// <summary>
    /// Names besides localhost and loopback addresses by which this machine may ask while there are no keys, such as that of a proxy on it.
    /// Default none. A request that names another host comes from a page of that host in a browser.
    /// </summary>
    public List<string> Hosts { get; set; } = [];

    // A message never holds a key: it goes into the log.
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
                yield return new($"{setting}:Name must say whose key it is.");
            else if (Keys.FindIndex(other => other.Name == key.Name) < i)
                yield return new($"{setting}:Name must be another: '{key.Name}' is the name of an earlier key.");

            if (key.Key.Length < ShortestKey || key.Key.Any(c => c is <= ' ' or >= '\u007f'))
                yield return new($"{setting}:Key must be at least {ShortestKey} characters of printable ASCII without spaces.");
            else if (Keys.FindIndex(other => other.Key == key.Key) < i)
                yield return new($"{setting}:Key must be another: an earlier entry has the same.");

            if (key.Scopes.Count == 0 || key.Scopes.Except(Scopes.All, StringComparer.Ordinal).Any())
                yield return new($"{setting}:Scopes must be some of {string.Join(", ", Scopes.All)}; it is '{string.Join(", ", key.Scopes)}'.");
        }
    }

    /// <summary>A key, and what it is good for.</summary>
    internal sealed class ApiKey
    {
        /// <summary>Whose it is: the actor of the purges that name no other. Required.</summary>
        public string Name { get; set; } = "";

        /// <summary>The secret: at least 16 characters. <c>openssl rand -hex 24</c> makes one.</summary>
        public string Key { get; set; } = "";

        /// <summary>Some of <c>read</c>, <c>purge</c> and <c>purge-all</c>.</summary>
        public List<string> Scopes { get; set; } = [];
    }
}
