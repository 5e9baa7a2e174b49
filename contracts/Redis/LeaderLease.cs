using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>
/// The lease by which the agents of a region agree on the active one while the bus can't choose it. The only caller of <c>lease.lua</c>.
/// Thread-safe.
/// </summary>
/// <param name="region">A database of the region's Redis.</param>
/// <param name="keys">The names used there.</param>
/// <param name="agent">A text that no other agent has.</param>
public sealed class LeaderLease(IDatabase region, RedisKeys keys, string agent)
{
    private static readonly string Script = EmbeddedScript.Read("lease.lua");

    /// <summary>Takes the lease if it is free, or renews it.</summary>
    /// <param name="duration">How long it lives; 1 ms or more.</param>
    /// <param name="force">Whether to take it from another agent.</param>
    /// <returns>Whether this agent holds the lease.</returns>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public async Task<bool> TakeAsync(TimeSpan duration, bool force)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.FromMilliseconds(1));
        return await EvaluateAsync((long)duration.TotalMilliseconds, force) == agent;
    }

    /// <summary>Releases the lease if this agent holds it, so that another agent need not wait until it expires.</summary>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public Task ReleaseAsync() => EvaluateAsync(0, force: false);

    private async Task<string?> EvaluateAsync(long milliseconds, bool force) =>
        (string?)await region.ScriptEvaluateAsync(Script, [keys.Leader], [agent, milliseconds, force ? "1" : ""]);
}
