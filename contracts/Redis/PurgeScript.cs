using System.Globalization;
using System.Security.Cryptography;
using System.Text;
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

/// <summary>
/// Applies purge batches on the primary: the one caller of <c>purge.lua</c>. Thread-safe. A replica that is promoted shows its former primary's
/// epoch, and so does a primary that comes back with older data, though purges of that epoch are missing there. So each epoch's script has a
/// name of its own, and only the server on which the epoch was opened knows it: scripts are neither replicated nor kept.
/// </summary>
/// <param name="primary">A database of the primary.</param>
/// <param name="keys">The names in use there.</param>
public sealed class PurgeScript(IDatabase primary, RedisKeys keys)
{
    /// <summary>The most keys, and the most tags, of one call. Lua unpacks fewer than 8,000 arguments; a call this long holds the server for milliseconds.</summary>
    public const int MaxNames = 5_000;

    /// <summary>The most characters of the keys, and of the tags, of one call. A batch is announced whole, and a broker bounds a message (RabbitMQ 4: 16 MiB).</summary>
    public const int MaxCharacters = 512 * 1_024;

    private static readonly string Purge = EmbeddedScript.Read("purge.lua");
    private static readonly string OpenEpoch = EmbeddedScript.Read("open_epoch.lua");

    private volatile EpochScript named = new(0, []);

    /// <summary>How deletes are made to propagate; see <see cref="CarrierProbe"/>.</summary>
    public Propagation Propagation { get; set; } = Propagation.Carrier;

    private string How => Propagation == Propagation.Carrier ? "carrier" : "each";

    /// <summary>Splits names into calls of at most <see cref="MaxNames"/> and <see cref="MaxCharacters"/>; none for no names.</summary>
    /// <param name="keys">The keys, each once.</param>
    /// <param name="tags">The tags, each once.</param>
    public static IEnumerable<(string[] Keys, string[] Tags)> Calls(IEnumerable<string> keys, IEnumerable<string> tags)
    {
        string[][] keysOfCalls = [.. Chunks(keys)];
        string[][] tagsOfCalls = [.. Chunks(tags)];
        return Enumerable.Range(0, Math.Max(keysOfCalls.Length, tagsOfCalls.Length))
            .Select(call => (keysOfCalls.ElementAtOrDefault(call) ?? [], tagsOfCalls.ElementAtOrDefault(call) ?? []));
    }

    private static IEnumerable<string[]> Chunks(IEnumerable<string> names)
    {
        var (chunk, characters) = (new List<string>(), 0);
        foreach (var name in names)
        {
            if (chunk.Count == MaxNames || (chunk.Count > 0 && characters + name.Length > MaxCharacters))
            {
                yield return [.. chunk];
                chunk.Clear();
                characters = 0;
            }

            chunk.Add(name);
            characters += name.Length;
        }

        if (chunk.Count > 0)
            yield return [.. chunk];
    }

    /// <summary>Drops keys, renews tags and moves the watermark, in one round trip.</summary>
    /// <param name="epoch">The epoch that the caller believes the primary to be in.</param>
    /// <param name="dropped">The keys to drop, at most <see cref="MaxNames"/>; none is fine.</param>
    /// <param name="tags">The tags to renew, at most <see cref="MaxNames"/>; none is fine.</param>
    /// <returns>The batch's watermark.</returns>
    /// <exception cref="EpochEndedException">The primary is in another epoch. Nothing was purged; open the current epoch and call again.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are more keys or tags than one call takes.</exception>
    /// <exception cref="RedisException">The primary did not answer. The purge may have been applied; repeating it is harmless.</exception>
    public async Task<Watermark> ApplyAsync(long epoch, IReadOnlyCollection<string> dropped, IReadOnlyCollection<string> tags) =>
        new(epoch, await EvaluateAsync(epoch, Names(dropped, tags), dropped.Count, How));

    /// <summary>Drops the whole database on the primary and in every replica, and moves the watermark, which stays.</summary>
    /// <param name="epoch">The epoch that the caller believes the primary to be in.</param>
    /// <returns>The batch's watermark.</returns>
    /// <exception cref="EpochEndedException">As for <see cref="ApplyAsync"/>.</exception>
    /// <exception cref="RedisException">As for <see cref="ApplyAsync"/>.</exception>
    public async Task<Watermark> DropEverythingAsync(long epoch) => new(epoch, await EvaluateAsync(epoch, Names([], []), 0, "everything"));

    /// <summary>
    /// Drops keys and renews tags that a former primary had purged and this one has not heard of, before the next epoch is opened on it.
    /// The watermark stays, since a region that shows the next epoch has everything of this one.
    /// </summary>
    /// <param name="epoch">The epoch that the primary shows.</param>
    /// <param name="next">The epoch that is to be opened: its first generation is what tags get, because none of this epoch's is sure to be new.</param>
    /// <param name="dropped">As for <see cref="ApplyAsync"/>.</param>
    /// <param name="tags">As for <see cref="ApplyAsync"/>.</param>
    /// <exception cref="EpochEndedException">As for <see cref="ApplyAsync"/>.</exception>
    /// <exception cref="RedisException">As for <see cref="ApplyAsync"/>.</exception>
    public Task ReplayAsync(long epoch, long next, IReadOnlyCollection<string> dropped, IReadOnlyCollection<string> tags) =>
        EvaluateAsync(epoch, Names(dropped, tags), dropped.Count, How, next);

    /// <summary>As <see cref="ReplayAsync"/>, for a purge of everything.</summary>
    public Task ReplayEverythingAsync(long epoch, long next) => EvaluateAsync(epoch, Names([], []), 0, "everything", next);

    /// <summary>Starts an epoch, unless the primary is past it; where it is in it already, goes on with it.</summary>
    /// <param name="epoch">The epoch to start.</param>
    /// <returns>The watermark that the primary shows afterwards.</returns>
    /// <exception cref="RedisException">The primary did not answer.</exception>
    public async Task<Watermark> OpenEpochAsync(long epoch)
    {
        var shown = (string?)await primary.ScriptEvaluateAsync(OpenEpoch, [keys.Watermark], [epoch, keys.WatermarkChannel.ToString()]);
        if (!Watermark.TryParse(shown, out var watermark))
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"'{keys.Watermark}' holds '{shown}', which is no watermark."));
        if (watermark.Epoch == epoch)
            await primary.ExecuteAsync("SCRIPT", "LOAD", TextOf(epoch));
        return watermark;
    }

    /// <summary>The watermark that the primary shows; null when it shows none.</summary>
    /// <exception cref="RedisException">The primary did not answer.</exception>
    public async Task<Watermark?> ReadWatermarkAsync() =>
        Watermark.TryParse(await primary.StringGetAsync(keys.Watermark), out var watermark) ? watermark : null;

    private string TextOf(long epoch) => string.Create(CultureInfo.InvariantCulture, $"{Purge}\n-- Epoch {epoch} of {keys.Prefix}\n");

#pragma warning disable CA5350 // Redis names scripts by their SHA-1: no secret hangs on it.
    private byte[] NameOf(long epoch)
    {
        var known = named;
        if (known.Epoch != epoch)
            named = known = new(epoch, SHA1.HashData(Encoding.UTF8.GetBytes(TextOf(epoch))));
        return known.Sha1;
    }
#pragma warning restore CA5350

    private RedisKey[] Names(IReadOnlyCollection<string> dropped, IReadOnlyCollection<string> tags)
    {
        ArgumentNullException.ThrowIfNull(dropped);
        ArgumentNullException.ThrowIfNull(tags);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dropped.Count, MaxNames);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tags.Count, MaxNames);
        return [keys.Watermark, keys.Carrier, .. dropped.Select(key => (RedisKey)key), .. tags.Select(keys.Tag)];
    }

    private async Task<long> EvaluateAsync(long epoch, RedisKey[] names, int dropped, string how, long? next = null)
    {
        try
        {
            RedisValue[] arguments = [epoch, dropped, how, keys.WatermarkChannel.ToString()];
            return (long)(next is { } opened
                ? await primary.ScriptEvaluateAsync(Purge, names, [.. arguments, opened])
                : await primary.ScriptEvaluateAsync(NameOf(epoch), names, arguments));
        }
        catch (RedisServerException unknown) when (unknown.Message.StartsWith("NOSCRIPT ", StringComparison.Ordinal))
        {
            throw new EpochEndedException(string.Create(CultureInfo.InvariantCulture, $"epoch {epoch} was not opened on this server, or not since it started"), unknown);
        }
        catch (RedisServerException refusal) when (refusal.Message.StartsWith("EPOCH ", StringComparison.Ordinal))
        {
            throw new EpochEndedException(refusal.Message["EPOCH ".Length..], refusal);
        }
    }
}

/// <summary>The name of an epoch's script.</summary>
internal sealed record EpochScript(long Epoch, byte[] Sha1);

/// <summary>The primary is not in the epoch that a purge was meant for: a newer one was opened, or it lost its data.</summary>
public sealed class EpochEndedException(string message, Exception inner) : Exception(message, inner);
