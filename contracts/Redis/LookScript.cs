using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>Looks at a region's Redis: the one caller of <c>look.lua</c> and <c>observe.lua</c>. Thread-safe.</summary>
/// <param name="region">A database of the region's Redis.</param>
/// <param name="keys">The names in use there.</param>
public sealed class LookScript(IDatabase region, RedisKeys keys)
{
    private static readonly string Look = EmbeddedScript.Read("look.lua");
    private static readonly string Observe = EmbeddedScript.Read("observe.lua");

    /// <summary>Looks at what changes with purges. Costs the server about 15 microseconds.</summary>
    /// <exception cref="RedisException">The server did not answer, or shows no data while it loads it or waits for its primary.</exception>
    public async Task<RegionLook> LookAsync()
    {
        var seen = (RedisResult[])(await region.ScriptEvaluateAsync(Look, [keys.Watermark]))!;
        return new RegionLook(ShownBy(seen[0]), new StreamErrors((string)seen[1]!, (long)seen[2]), (long)seen[3]);
    }

    /// <summary>Looks at everything.</summary>
    /// <exception cref="RedisException">As for <see cref="LookAsync"/>; <see cref="ObserveWithoutDataAsync"/> still answers where it shows no data.</exception>
    public async Task<RegionObservation> ObserveAsync()
    {
        var seen = (RedisResult[])(await region.ScriptEvaluateAsync(Observe, [keys.Watermark]))!;
        return Read((string?)seen[1] ?? "", ShownBy(seen[0]));
    }

    /// <summary>Looks at how a server stands that shows no data now.</summary>
    /// <param name="server">The server, as for <see cref="ReplicationInfo.ReadAsync"/>.</param>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public static async Task<RegionObservation> ObserveWithoutDataAsync(IServer server)
    {
        ArgumentNullException.ThrowIfNull(server);
        return Read((string?)await server.ExecuteAsync("INFO") ?? "", null);
    }

    private static Watermark ShownBy(RedisResult text) => Watermark.TryParse((string?)text, out var shown) ? shown : default;

    private static RegionObservation Read(string info, Watermark? shown)
    {
        var fields = new InfoText(info);
        var errors = new StreamErrors(fields.Text("run_id"), fields.Number("unexpected_error_replies"));
        return new RegionObservation(
            ReplicationInfo.Parse(info), MemoryInfo.Parse(info), shown is { } watermark ? new RegionLook(watermark, errors, fields.Number("evicted_keys")) : null);
    }
}

/// <summary>What a region's Redis shows in one moment.</summary>
/// <param name="Shown">The watermark; <c>default</c> for none.</param>
/// <param name="Errors">What it has refused of its replication stream.</param>
/// <param name="Evicted">Keys that it has evicted since its start.</param>
public sealed record RegionLook(Watermark Shown, StreamErrors Errors, long Evicted);

/// <summary>How a region's Redis stands in one moment.</summary>
/// <param name="Replication">How it replicates.</param>
/// <param name="Memory">What it does when its memory is full.</param>
/// <param name="Look">What it shows; null while it shows no data.</param>
public sealed record RegionObservation(ReplicationInfo Replication, MemoryInfo Memory, RegionLook? Look);
