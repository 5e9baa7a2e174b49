using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>
/// Keeps in a region's Redis how far its agent is: the one caller of <c>checkpoint.lua</c>. In an independent region that is the watermark
/// itself, on a replica a key beside it. Thread-safe.
/// </summary>
/// <param name="region">A database of the region's Redis.</param>
/// <param name="keys">The names in use there.</param>
/// <param name="movesWatermark">Whether the checkpoint is the region's watermark, and published as that.</param>
public sealed class RegionCheckpoints(IDatabase region, RedisKeys keys, bool movesWatermark)
{
    private static readonly string Script = EmbeddedScript.Read("checkpoint.lua");

    private readonly RedisKey[] names = [movesWatermark ? keys.Watermark : keys.Applied, keys.Stream];
    private readonly string channel = movesWatermark ? keys.WatermarkChannel.ToString() : "";

    /// <summary>Reads the checkpoint.</summary>
    /// <returns>The checkpoint, with the run of the server that holds it.</returns>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public Task<Checkpoint> ReadAsync() => EvaluateAsync("", "", "", "");

    /// <summary>
    /// Moves the checkpoint from where the caller left it, or sets it where there is none. It stays where it is when it is elsewhere, or
    /// when the server was restarted with a copy of its data: the copy may be older than what the caller has done.
    /// </summary>
    /// <param name="from">The checkpoint as the caller left it.</param>
    /// <param name="to">The new place.</param>
    /// <param name="stream">What is known of the replication stream; null for nothing.</param>
    /// <returns>The checkpoint afterwards: at <paramref name="to"/> when it was moved.</returns>
    /// <exception cref="RedisException">The server did not answer. It may have been moved.</exception>
    public Task<Checkpoint> MoveAsync(Checkpoint from, Watermark to, StreamErrors? stream)
    {
        ArgumentNullException.ThrowIfNull(from);
        return EvaluateAsync(from.Run, Text(from.Applied), to.ToString(), stream?.ToString() ?? "");
    }

    private static string Text(Watermark place) => place == default ? "" : place.ToString();

    private async Task<Checkpoint> EvaluateAsync(string run, string from, string to, string stream)
    {
        var held = (RedisResult[])(await region.ScriptEvaluateAsync(Script, names, [run, from, to, stream, channel]))!;
        return new Checkpoint(Watermark.TryParse((string?)held[0], out var applied) ? applied : default, (string)held[1]!)
        {
            Stream = StreamErrors.TryParse((string?)held[2], out var errors) ? errors : null,
        };
    }
}

/// <summary>How far a region's agent is.</summary>
/// <param name="Applied">Every purge up to here is done; <c>default</c> for none.</param>
/// <param name="Run">The run of the server that holds it (<c>run_id</c>).</param>
public sealed record Checkpoint(Watermark Applied, string Run)
{
    /// <summary>What was known of the replication stream; null for nothing.</summary>
    public StreamErrors? Stream { get; init; }
}
