using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Invalidator.Api.Access;

/// <summary>The keys of the configuration, as hashes, and whom each stands for.</summary>
internal sealed class ApiKeys(IOptions<ApiOptions> options)
{
    private readonly (byte[] Hash, ClaimsPrincipal Owner)[] keys =
        [.. options.Value.Keys.Select(key => (SHA256.HashData(Encoding.UTF8.GetBytes(key.Key)), Owner(key.Name, key.Scopes)))];

    /// <summary>Who needs no key, where there is none: may do all, and has no name.</summary>
    public static ClaimsPrincipal Anybody { get; } = Owner(name: null, Scopes.All);

    /// <summary>Whether there is none.</summary>
    public bool AreNone => keys.Length == 0;

    /// <summary>Whose key it is; null for nobody's. Takes as long for a wrong one as for a right one.</summary>
    public ClaimsPrincipal? Find(string given)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(given));
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
