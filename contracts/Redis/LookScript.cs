using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>Looks at a region's Redis: the one caller of <c>look.lua</c>. Thread-safe. Costs the server about 15 microseconds.</summary>
/// <param name="region">A database of the region's Redis.</param>
/// <param name="keys">The names in use there.</param>
public sealed class LookScript(IDatabase region, RedisKeys keys)
{
    private static readonly string Look = EmbeddedScript.Read("look.lua");

    /// <summary>Looks.</summary>
    /// <exception cref="RedisException">The server did not answer, or shows no data while it loads it or waits for its primary.</exception>
    public async Task<RegionLook> LookAsync()
    {
        var seen = (RedisResult[])(await region.ScriptEvaluateAsync(Look, [keys.Watermark]))!;
        return new RegionLook(
            Watermark.TryParse((string?)seen[0], out var shown) ? shown : default,
            new StreamErrors((string)seen[1]!, (long)seen[2]),
            (long)seen[3]);
    }
}

/// <summary>What a region's Redis shows in one moment.</summary>
/// <param name="Shown">The watermark; <c>default</c> for none.</param>
/// <param name="Errors">What it has refused of its replication stream.</param>
/// <param name="Evicted">Keys that it has evicted since its start.</param>
public sealed record RegionLook(Watermark Shown, StreamErrors Errors, long Evicted);
