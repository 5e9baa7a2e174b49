using LastMile.Events.Hosting;
using LastMile.Events.Redis;
using StackExchange.Redis;

namespace LastMile.Events.RegionAgent.Repair;

/// <summary>The primary of a read-only region, where the agent writes what its region then receives by replication.</summary>
/// <param name="connection">The connection, with the lineage's names.</param>
/// <param name="dependency">The primary's state in health reports.</param>
internal sealed class RegionPrimary(RedisConnection connection, Dependency dependency) : IAsyncDisposable
{
    /// <summary>The name of the primary in health reports.</summary>
    public const string Name = "primary";

    public RedisKeys Keys => connection.Keys;

    /// <summary>Returns the same primary with the names of another lineage.</summary>
    public RegionPrimary Of(string lineage) => new(connection.Of(lineage), dependency);

    /// <summary>Calls the primary, and records whether it answered.</summary>
    public async Task<T> CallAsync<T>(Func<IDatabase, Task<T>> call)
    {
        try
        {
            var answer = await call(await connection.DatabaseAsync());
            dependency.Answered();
            return answer;
        }
        catch (Exception failure)
        {
            dependency.Failed(failure);
            throw;
        }
    }

    /// <summary>Closes the connection, unless it is another one's with the names of another lineage.</summary>
    public ValueTask DisposeAsync() => connection.DisposeAsync();

    /// <inheritdoc/>
    public override string ToString() => connection.ToString();
}
