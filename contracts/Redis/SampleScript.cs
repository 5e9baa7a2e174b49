using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>Reads the state of a region's Redis. The only caller of <c>sample.lua</c> and <c>observe.lua</c>. Thread-safe.</summary>
/// <param name="node">The region's Redis, or a node of it.</param>
public sealed class SampleScript(RedisNode node)
{
    private static readonly string Sample = EmbeddedScript.Read("sample.lua");
    private static readonly string Observe = EmbeddedScript.Read("observe.lua");

    /// <summary>Uses the only server.</summary>
    /// <param name="region">A database of the region's Redis.</param>
    /// <param name="keys">The names used there.</param>
    public SampleScript(IDatabase region, RedisKeys keys)
        : this(new RedisNode(region, keys))
    {
    }

    /// <summary>Reads the values that change with purges. Costs the server about 15 microseconds.</summary>
    /// <exception cref="RedisException">The server did not answer, or is loading its data set or waiting for its primary.</exception>
    public async Task<RegionSample> SampleAsync()
    {
        var seen = (RedisResult[])(await node.EvaluateAsync(Sample, [node.Keys.Watermark], []))!;
        return new RegionSample(ParseWatermark(seen[0]), new StreamErrors((string)seen[1]!, (long)seen[2]), (long)seen[3]);
    }

    /// <summary>Reads the same values, plus replication and memory.</summary>
    /// <exception cref="RedisException">
    /// As for <see cref="SampleAsync"/>. <see cref="ObserveWithoutDataAsync"/> works while the server serves no data.
    /// </exception>
    public async Task<RegionObservation> ObserveAsync()
    {
        var seen = (RedisResult[])(await node.EvaluateAsync(Observe, [node.Keys.Watermark], []))!;
        return Read((string?)seen[1] ?? "", ParseWatermark(seen[0]));
    }

    /// <summary>Reads replication and memory of a server that serves no data yet.</summary>
    /// <param name="server">The server, as for <see cref="ReplicationInfo.ReadAsync"/>.</param>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public static async Task<RegionObservation> ObserveWithoutDataAsync(IServer server)
    {
        ArgumentNullException.ThrowIfNull(server);
        return Read((string?)await server.ExecuteAsync("INFO") ?? "", null);
    }

    private static Watermark ParseWatermark(RedisResult text) => Watermark.TryParse((string?)text, out var shown) ? shown : default;

    private static RegionObservation Read(string info, Watermark? shown)
    {
        var fields = new InfoText(info);
        var errors = new StreamErrors(fields.Text("run_id"), fields.Number("unexpected_error_replies"));
        var sample = shown is { } watermark ? new RegionSample(watermark, errors, fields.Number("evicted_keys")) : null;
        return new RegionObservation(ServerFacts.Parse(info), sample);
    }
}

/// <summary>The purge state of a region's Redis, read atomically.</summary>
/// <param name="Shown">The watermark; <c>default</c> for none.</param>
/// <param name="Errors">The replicated commands that the server has refused.</param>
/// <param name="Evicted">The number of keys evicted since the server started.</param>
public sealed record RegionSample(Watermark Shown, StreamErrors Errors, long Evicted);

/// <summary>The full state of a region's Redis, read atomically.</summary>
/// <param name="Server">The server.</param>
/// <param name="Sample">The purge state; null while the server serves no data.</param>
public sealed record RegionObservation(ServerFacts Server, RegionSample? Sample);
