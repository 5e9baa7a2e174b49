using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>
/// Stores an agent's progress, its checkpoint, in the region's Redis. The only caller of <c>checkpoint.lua</c>. In an independent region
/// the checkpoint is the watermark itself; on a replica it is a separate key. Thread-safe.
/// </summary>
/// <param name="node">The region's Redis, or a node of it.</param>
/// <param name="movesWatermark">Whether the checkpoint is the region's watermark, and outside a cluster is published as such.</param>
public sealed class RegionCheckpoints(RedisNode node, bool movesWatermark)
{
    private static readonly string Script = EmbeddedScript.Read("checkpoint.lua");

    private readonly RedisKey[] names = [movesWatermark ? node.Keys.Watermark : node.Keys.Applied, node.Keys.Stream];

    // In a cluster, PUBLISH would reach every node, once for each of them.
    private readonly string channel = movesWatermark && !node.IsShard ? node.Keys.WatermarkChannel.ToString() : "";

    /// <summary>Uses the only server.</summary>
    /// <param name="region">A database of the region's Redis.</param>
    /// <param name="keys">The names used there.</param>
    /// <param name="movesWatermark">Whether the checkpoint is the region's watermark, and is published as such.</param>
    public RegionCheckpoints(IDatabase region, RedisKeys keys, bool movesWatermark)
        : this(new RedisNode(region, keys), movesWatermark)
    {
    }

    /// <summary>Reads the checkpoint.</summary>
    /// <returns>The checkpoint, with the current run of the server.</returns>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public Task<Checkpoint> ReadAsync() => EvaluateAsync("", "", "", "");

    /// <summary>
    /// Moves the checkpoint if it is still where the caller left it, or sets it if it is missing. It does not move if its position differs,
    /// or if the server has restarted from a saved copy of its data, because that copy may lack purges that the caller has applied. On a
    /// node of a cluster it does not move either if it is missing there or the node has restarted, and the caller did not expect that.
    /// </summary>
    /// <param name="from">The checkpoint as the caller left it.</param>
    /// <param name="to">The new position.</param>
    /// <param name="stream">The errors of the replication stream so far; null if unknown.</param>
    /// <returns>The checkpoint afterwards, at <paramref name="to"/> if it was moved.</returns>
    /// <exception cref="RedisException">The server did not answer. The checkpoint may have been moved.</exception>
    public Task<Checkpoint> MoveAsync(Checkpoint from, Watermark to, StreamErrors? stream)
    {
        ArgumentNullException.ThrowIfNull(from);
        return EvaluateAsync(from.Run, Text(from.Applied), to.ToString(), stream?.ToString() ?? "");
    }

    private static string Text(Watermark position) => position == default ? "" : position.ToString();

    private async Task<Checkpoint> EvaluateAsync(string run, string from, string to, string stream)
    {
        var held = (RedisResult[])(await node.EvaluateAsync(Script, names, [run, from, to, stream, channel, node.IsShard ? "strict" : ""]))!;
        return new Checkpoint(Watermark.TryParse((string?)held[0], out var applied) ? applied : default, (string)held[1]!)
        {
            Stream = StreamErrors.TryParse((string?)held[2], out var errors) ? errors : null,
        };
    }
}

/// <summary>The progress of a region's agent.</summary>
/// <param name="Applied">Every purge up to this watermark was applied; <c>default</c> for none.</param>
/// <param name="Run">The run of the server that stores the checkpoint (<c>run_id</c>).</param>
public sealed record Checkpoint(Watermark Applied, string Run)
{
    /// <summary>The errors of the replication stream when the checkpoint was written; null if unknown.</summary>
    public StreamErrors? Stream { get; init; }
}
