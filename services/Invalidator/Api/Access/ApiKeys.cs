using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Invalidator.Api.Access;

/// <summary>The configured API keys: the hash and the principal of each.</summary>
internal sealed class ApiKeys(IOptions<ApiOptions> options)
{
    private readonly (byte[] Hash, ClaimsPrincipal Owner)[] keys =
        [.. options.Value.Keys.Select(key => (SHA256.HashData(Encoding.UTF8.GetBytes(key.Key)), Owner(key.Name, key.Scopes)))];

    /// <summary>The principal of a local request while no key is configured. It has all scopes and no name.</summary>
    public static ClaimsPrincipal LocalUser { get; } = Owner(name: null, Scopes.All);

    /// <summary>Whether no key is configured.</summary>
    public bool IsEmpty => keys.Length == 0;

    /// <summary>Returns the principal of a key; null for an unknown key. Takes equally long for right and wrong keys.</summary>
    public ClaimsPrincipal? Find(string key)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        ClaimsPrincipal? found = null;
        foreach (var (known, owner) in keys)
        {
            if (CryptographicOperations.FixedTimeEquals(known, hash))
                found = owner;
        }

        return found;
    }

    private static ClaimsPrincipal Owner(string? name, IEnumerable<string> scopes)
    {
        var claims = scopes.Select(scope => new Claim(Scopes.Claim, scope));
        return new(new ClaimsIdentity(name is null ? claims : claims.Append(new Claim(ClaimTypes.Name, name)), ApiKeyHandler.SchemeName));
    }
}
