using LastMile.Events.Hosting;
using StackExchange.Redis;

namespace LastMile.Events.RegionAgent.Bus;

/// <summary>
/// The database whose purges reach the region. The Invalidator writes its identity to the primary, and replication copies it. An
/// independent region has none, and a replica has none before its first sync. The agent does not wait for it, because an agent that is off
/// the bus could not report that its region is cut off.
/// </summary>
internal sealed class RegionDatabase(RedisConnection region, TimeProvider time) : IDatabaseIdentity
{
    // The server runs next to the agent, so a second is ample.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async ValueTask<string?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync().WaitAsync(AnswerTimeout, time, cancellationToken);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException or InvalidOperationException)
        {
            return null;
        }
    }

    private async Task<string?> ReadAsync() => await (await region.DatabaseAsync()).StringGetAsync(region.Keys.Database);
}
