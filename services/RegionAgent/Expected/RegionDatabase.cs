using LastMile.Events.Hosting;
using StackExchange.Redis;

namespace LastMile.Events.RegionAgent.Expected;

/// <summary>
/// The database whose purges reach the region. The Invalidator writes it to the primary, and replicas copy it. An independent region has none, and a replica
/// has none before its first sync. The agent waits for neither: off the bus it could not report that its region is cut off.
/// </summary>
internal sealed class RegionDatabase(RedisConnection region, TimeProvider time) : IDatabaseIdentity
{
    // The server stands next to the agent: a second is an age.
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async ValueTask<string?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync().WaitAsync(AnswerWithin, time, cancellationToken);
        }
        catch (Exception away) when (away is RedisException or TimeoutException or InvalidOperationException)
        {
            return null;
        }
    }

    private async Task<string?> ReadAsync() => await (await region.DatabaseAsync()).StringGetAsync(region.Keys.Database);
}
