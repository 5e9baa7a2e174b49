using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>
/// Stores the progress of an agent's scan in its region's Redis, so that the agent can continue after a restart, or another agent after a
/// takeover. The only caller of <c>mark.lua</c>. Writes need no check: a cursor names the run of the server that returned it
/// (<c>scan.lua</c>), so the cursor of another run begins the scan again. Thread-safe.
/// </summary>
/// <param name="region">A database of the region's Redis.</param>
public sealed class ScanCheckpoint(IDatabase region)
{
    private static readonly string Mark = EmbeddedScript.Read("mark.lua");

    /// <summary>Reads a checkpoint.</summary>
    /// <param name="name">The key of the checkpoint, one of <see cref="RedisKeys"/>.</param>
    /// <returns>The checkpoint; null if there is none.</returns>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public async Task<string?> ReadAsync(RedisKey name) => await region.StringGetAsync(name);

    /// <summary>Writes or deletes a checkpoint.</summary>
    /// <param name="name">The key of the checkpoint.</param>
    /// <param name="note">The checkpoint; empty deletes it.</param>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public Task WriteAsync(RedisKey name, string note) => region.ScriptEvaluateAsync(Mark, [name], [note]);
}
