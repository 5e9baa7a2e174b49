using System.Net.Http.Headers;
using System.Net.Http.Json;
using LastMile.Events.Redis;

namespace LastMile.Events.Caching.Removing;

/// <summary>Requests purges through the Invalidator's HTTP API, <c>POST /purges</c>. Thread-safe.</summary>
internal sealed class HttpPurgeRequester : IPurgeRequester, IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    // By default a connection never looks up its host again, so a moved Invalidator would not be found.
    private readonly HttpClient http =
        new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(1) }) { Timeout = Timeout };
    private readonly Uri purges;

    /// <summary>Prepares requests.</summary>
    /// <param name="address">The API's base address.</param>
    /// <param name="key">An API key with the scope <c>purge</c>; null if the API requires none.</param>
    public HttpPurgeRequester(Uri address, string? key)
    {
        purges = new Uri(address.AbsoluteUri.TrimEnd('/') + "/purges");
        if (key is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <inheritdoc/>
    public async Task PurgeAsync(IReadOnlyCollection<string> keys, IReadOnlyCollection<string> tags, CancellationToken cancellationToken)
    {
        foreach (var (someKeys, someTags) in PurgeScript.Calls(keys, tags))
        {
            var purge = new { keys = someKeys, tags = someTags };
            using var response = await http.PostAsJsonAsync(purges, purge, cancellationToken).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
                continue;
            var reason = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            throw new HttpRequestException(
                $"The Invalidator at {purges} did not accept a purge ({(int)response.StatusCode}): {reason}", null, response.StatusCode);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();
}
