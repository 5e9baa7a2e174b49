using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>
/// How far an agent's scan is, in its region's Redis, for the agent after a restart or for the one that takes over. Written as it comes: a cursor names
/// the run of the server that gave it (<c>scan.lua</c>), so one of an old copy begins the scan again. Thread-safe.
/// </summary>
/// <param name="region">A database of the region's Redis.</param>
public sealed class ScanCheckpoint(IDatabase region)
{
    private static readonly string Mark = EmbeddedScript.Read("mark.lua");

    /// <summary>Reads a note.</summary>
    /// <param name="name">Its name: one of <see cref="RedisKeys"/>.</param>
    /// <returns>The note; null when there is none.</returns>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public async Task<string?> ReadAsync(RedisKey name) => await region.StringGetAsync(name);

    /// <summary>Writes a note.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="note">The note; empty takes it away.</param>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public Task WriteAsync(RedisKey name, string note) => region.ScriptEvaluateAsync(Mark, [name], [note]);
}
