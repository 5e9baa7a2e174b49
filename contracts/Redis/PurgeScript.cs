using System.Globalization;
using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>How a purge makes the primary propagate deletes of keys that it does not hold.</summary>
public enum Propagation
{
    /// <summary>One key that it does hold is deleted in the same command: about the keys' own length on the replication link.</summary>
    Carrier,

    /// <summary>Each key is set, then deleted: several times the bytes, and safe on every server.</summary>
    Each,
}

/// <summary>Applies purge batches on the primary: the one caller of <c>purge.lua</c>. Thread-safe.</summary>
/// <param name="primary">A database of the primary.</param>
/// <param name="keys">The names in use there.</param>
public sealed class PurgeScript(IDatabase primary, RedisKeys keys)
{
    /// <summary>The most keys, and the most tags, of one call. Lua unpacks fewer than 8,000 arguments; a call this long holds the server for milliseconds.</summary>
    public const int MaxNames = 5_000;

    private static readonly string Purge = EmbeddedScript.Read("purge.lua");
    private static readonly string OpenEpoch = EmbeddedScript.Read("open_epoch.lua");

    /// <summary>How deletes are made to propagate; see <see cref="CarrierProbe"/>.</summary>
    public Propagation Propagation { get; set; } = Propagation.Carrier;

    /// <summary>Drops keys, renews tags and moves the watermark, in one round trip.</summary>
    /// <param name="epoch">The epoch that the caller believes the primary to be in.</param>
    /// <param name="dropped">The keys to drop, at most <see cref="MaxNames"/>; none is fine.</param>
    /// <param name="tags">The tags to renew, at most <see cref="MaxNames"/>; none is fine.</param>
    /// <returns>The batch's watermark.</returns>
    /// <exception cref="EpochEndedException">The primary is in another epoch. Nothing was purged; open the current epoch and call again.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are more keys or tags than one call takes.</exception>
    /// <exception cref="RedisException">The primary did not answer. The purge may have been applied; repeating it is harmless.</exception>
    public async Task<Watermark> ApplyAsync(long epoch, IReadOnlyCollection<string> dropped, IReadOnlyCollection<string> tags)
    {
        ArgumentNullException.ThrowIfNull(dropped);
        ArgumentNullException.ThrowIfNull(tags);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dropped.Count, MaxNames);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tags.Count, MaxNames);

        RedisKey[] names = [keys.Watermark, keys.Carrier, .. dropped.Select(key => (RedisKey)key), .. tags.Select(keys.Tag)];
        return await EvaluateAsync(epoch, names, dropped.Count, Propagation == Propagation.Carrier ? "carrier" : "each");
    }

    /// <summary>Drops the whole database on the primary and in every replica, and moves the watermark, which stays.</summary>
    /// <param name="epoch">The epoch that the caller believes the primary to be in.</param>
    /// <returns>The batch's watermark.</returns>
    /// <exception cref="EpochEndedException">As for <see cref="ApplyAsync"/>.</exception>
    /// <exception cref="RedisException">As for <see cref="ApplyAsync"/>.</exception>
    public Task<Watermark> DropEverythingAsync(long epoch) => EvaluateAsync(epoch, [keys.Watermark, keys.Carrier], 0, "everything");

    private async Task<Watermark> EvaluateAsync(long epoch, RedisKey[] names, int dropped, string how)
    {
        try
        {
            return new Watermark(epoch, (long)await primary.ScriptEvaluateAsync(Purge, names, [epoch, dropped, how, keys.WatermarkChannel.ToString()]));
        }
        catch (RedisServerException refusal) when (refusal.Message.StartsWith("EPOCH ", StringComparison.Ordinal))
        {
            throw new EpochEndedException(refusal.Message["EPOCH ".Length..], refusal);
        }
    }

    /// <summary>Starts an epoch, unless the primary is in it already or past it.</summary>
    /// <param name="epoch">The epoch to start.</param>
    /// <returns>The watermark that the primary shows afterwards.</returns>
    /// <exception cref="RedisException">The primary did not answer.</exception>
    public async Task<Watermark> OpenEpochAsync(long epoch)
    {
        var shown = (string?)await primary.ScriptEvaluateAsync(OpenEpoch, [keys.Watermark], [epoch, keys.WatermarkChannel.ToString()]);
        return Watermark.TryParse(shown, out var watermark)
            ? watermark
            : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"'{keys.Watermark}' holds '{shown}', which is no watermark."));
    }

    /// <summary>The watermark that the primary shows; null when it shows none.</summary>
    /// <exception cref="RedisException">The primary did not answer.</exception>
    public async Task<Watermark?> ReadWatermarkAsync() =>
        Watermark.TryParse(await primary.StringGetAsync(keys.Watermark), out var watermark) ? watermark : null;
}

/// <summary>The primary is not in the epoch that a purge was meant for: a newer one was opened, or it lost its data.</summary>
public sealed class EpochEndedException(string message, Exception inner) : Exception(message, inner);
