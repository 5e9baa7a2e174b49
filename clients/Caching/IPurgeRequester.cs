namespace LastMile.Events.Caching;

/// <summary>
/// Requests purges in all regions. <see cref="LastMileCacheOptions.PurgeApi"/> registers one that uses the Invalidator's HTTP API.
/// </summary>
public interface IPurgeRequester
{
    /// <summary>Requests a purge, and returns when it is accepted: it survives a crash of any process then.</summary>
    /// <param name="keys">The keys to drop, distinct; empty for none. With the tags at most 1,000.</param>
    /// <param name="tags">The tags to renew, distinct; empty for none.</param>
    /// <param name="cancellationToken">Cancels the call. The purge may have been accepted.</param>
    /// <exception cref="HttpRequestException">The purge was not accepted; the message says why.</exception>
    Task PurgeAsync(IReadOnlyCollection<string> keys, IReadOnlyCollection<string> tags, CancellationToken cancellationToken);
}
