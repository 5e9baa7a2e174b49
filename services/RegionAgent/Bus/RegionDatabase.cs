using LastMile.Events.Hosting;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Configuration;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace LastMile.Events.RegionAgent.Bus;

/// <summary>
/// The databases whose purges reach the region. The Invalidators write their identities to the primary, and replication copies them. An
/// independent region has none, and a replica has none before its first sync. The agent does not wait for it, because an agent that is off
/// the bus could not report that its region is cut off.
/// </summary>
internal sealed class RegionDatabase(RedisConnection region, IOptions<RegionOptions> options, TimeProvider time) : IDatabaseIdentity
{
    // The server runs next to the agent, so a second is ample.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async ValueTask<LineageClaims> ReadAsync(CancellationToken cancellationToken)
    {
        var lineages = options.Value.ServedLineages;
        try
        {
            var known = await ReadAsync(lineages).WaitAsync(AnswerTimeout, time, cancellationToken);
            return new(known, known.Count == lineages.Count);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException or InvalidOperationException)
        {
            return new([], IsComplete: false);
        }
    }

    private async Task<IReadOnlyList<LineageClaim>> ReadAsync(IReadOnlyList<LineageOptions> lineages)
    {
        var database = await region.DatabaseAsync();
        var identities = await Task.WhenAll(
            lineages.Select(lineage => database.StringGetAsync(new RedisKeys(region.Keys.Prefix, lineage.Name).Database)));
        return [.. lineages.Zip(identities)
            .Where(pair => pair.Second.HasValue)
            .Select(pair => new LineageClaim(pair.First.Name, pair.Second!))];
    }
}
