using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>
/// The marker by which a region's agent reports that readers may use the region's cache: purges arrive there in time, as far as the agent
/// knows. The only caller of <c>sound.lua</c> and <c>is_sound.lua</c>. Thread-safe.
/// </summary>
/// <param name="node">The region's Redis, or a node of it.</param>
public sealed class SoundMarker(RedisNode node)
{
    private static readonly string Sound = EmbeddedScript.Read("sound.lua");
    private static readonly string IsSound = EmbeddedScript.Read("is_sound.lua");

    private readonly IDatabase? database;

    /// <summary>Uses the only server.</summary>
    /// <param name="region">A database of the region's Redis.</param>
    /// <param name="keys">The names used there.</param>
    public SoundMarker(IDatabase region, RedisKeys keys)
        : this(new RedisNode(region, keys)) => database = region;

    /// <summary>Sets or renews the marker.</summary>
    /// <param name="timeToLive">How long it lives; 1 ms or more. If the agent ends, readers stop using the cache after this time.</param>
    /// <param name="run">
    /// The run of the server (<c>run_id</c>) in which it has every purge that it should have. Another run may lack some, because the server
    /// came back with an old copy or another one took over, so nothing is set there. Empty for any run.
    /// </param>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public Task SetAsync(TimeSpan timeToLive, string run = "")
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeToLive, TimeSpan.FromMilliseconds(1));
        return node.EvaluateAsync(Sound, [node.Keys.Sound], [(long)timeToLive.TotalMilliseconds, run]);
    }

    /// <summary>Clears the marker, so that readers stop using the cache at once.</summary>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public Task ClearAsync() => node.EvaluateAsync(Sound, [node.Keys.Sound], [0, ""]);

    /// <summary>Reads the marker and the region's watermark, with the rights of an application.</summary>
    /// <returns>Whether readers may use the cache, and the watermark; <c>default</c> for none.</returns>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public async Task<(bool IsSet, Watermark Watermark)> ReadAsync()
    {
        // The client would send EVAL, which needs the right to write, to a server whose version it does not know.
        object[] arguments = [IsSound, 2, node.Keys.Sound, node.Keys.Watermark];
        RedisResult[] read;
        try
        {
            read = await SendAsync("EVAL_RO", arguments);
        }
        catch (RedisServerException unknown) when (unknown.Message.StartsWith("ERR unknown command", StringComparison.Ordinal))
        {
            // Garnet has no such command, and no right to write a key.
            read = await SendAsync("EVAL", arguments);
        }

        return ((int)read[0] == 1, Watermark.TryParse((string?)read[1], out var watermark) ? watermark : default);
    }

    private async Task<RedisResult[]> SendAsync(string command, object[] arguments) => (RedisResult[])(database is not null
        ? await database.ExecuteAsync(command, arguments, CommandFlags.DemandMaster)
        : await node.Server!.ExecuteAsync(command, arguments, CommandFlags.NoRedirect))!;
}
