using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>How a purge makes the primary replicate deletes of keys that it does not hold.</summary>
public enum Propagation
{
    /// <summary>
    /// Deletes the keys together with one key that the primary holds. Costs about the keys' length on the replication link.
    /// </summary>
    Carrier,

    /// <summary>Sets, then deletes each key. Costs several times the bytes, and works on every server.</summary>
    Each,
}

/// <summary>
/// Applies purge batches on the primary. The only caller of <c>purge.lua</c> and <c>open_epoch.lua</c>. Thread-safe.
/// </summary>
/// <remarks>
/// A promoted replica shows its former primary's epoch, and so does a primary that restarts with older data, although purges of that epoch
/// may be missing there. So each epoch has its own script, and only the server on which the epoch was opened has it loaded: Redis neither
/// replicates nor persists scripts.
/// </remarks>
/// <param name="primary">A database of the primary.</param>
/// <param name="keys">The names used there.</param>
public sealed class PurgeScript(IDatabase primary, RedisKeys keys)
{
    /// <summary>
    /// The maximum number of keys, and of tags, per call. Lua can't unpack 8,000 arguments, and a call of this size already blocks the
    /// server for milliseconds.
    /// </summary>
    public const int MaxNames = 5_000;

    /// <summary>
    /// The maximum number of characters in all keys, and in all tags, of one call. A batch is announced in one message, and brokers limit
    /// the size of a message (RabbitMQ 4: 16 MiB).
    /// </summary>
    public const int MaxCharacters = 512 * 1_024;

    private static readonly string Purge = EmbeddedScript.ReadWithLineages("purge.lua");
    private static readonly string OpenEpoch = EmbeddedScript.ReadWithLineages("open_epoch.lua");

    private volatile EpochScript lastScript = new(0, []);

    /// <summary>How deletes reach the replicas; see <see cref="CarrierProbe"/>.</summary>
    public Propagation Propagation { get; set; } = Propagation.Carrier;

    private string Mode => Propagation == Propagation.Carrier ? "carrier" : "each";

    /// <summary>Splits names into calls of at most <see cref="MaxNames"/> and <see cref="MaxCharacters"/>; none without names.</summary>
    /// <param name="keys">The keys, distinct.</param>
    /// <param name="tags">The tags, distinct.</param>
    public static IEnumerable<(string[] Keys, string[] Tags)> Calls(IEnumerable<string> keys, IEnumerable<string> tags)
    {
        string[][] keysPerCall = [.. Chunks(keys)];
        string[][] tagsPerCall = [.. Chunks(tags)];
        return Enumerable.Range(0, Math.Max(keysPerCall.Length, tagsPerCall.Length))
            .Select(call => (keysPerCall.ElementAtOrDefault(call) ?? [], tagsPerCall.ElementAtOrDefault(call) ?? []));
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
    /// <param name="epoch">The epoch that the caller expects the primary to be in.</param>
    /// <param name="dropped">The keys to drop, 0 to <see cref="MaxNames"/>.</param>
    /// <param name="tags">The tags to renew, 0 to <see cref="MaxNames"/>.</param>
    /// <returns>The batch's watermark.</returns>
    /// <exception cref="EpochEndedException">
    /// The primary is in another epoch. Nothing was purged; open the current epoch and call again.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">More than <see cref="MaxNames"/> keys or tags.</exception>
    /// <exception cref="RedisException">The primary did not answer. The purge may have been applied; repeating it is harmless.</exception>
    public async Task<Watermark> ApplyAsync(long epoch, IReadOnlyCollection<string> dropped, IReadOnlyCollection<string> tags) =>
        new(epoch, await EvaluateAsync(epoch, Names(dropped, tags), dropped.Count, Mode, Hashes(dropped, tags)));

    /// <summary>
    /// Moves the watermark for a purge by prefix, and publishes that it may drop any name. Regions' agents find and drop the keys.
    /// </summary>
    /// <param name="epoch">The epoch that the caller expects the primary to be in.</param>
    /// <returns>The batch's watermark.</returns>
    /// <exception cref="EpochEndedException">As for <see cref="ApplyAsync"/>.</exception>
    /// <exception cref="RedisException">As for <see cref="ApplyAsync"/>.</exception>
    public async Task<Watermark> ApplyPrefixAsync(long epoch) =>
        new(epoch, await EvaluateAsync(epoch, Names([], []), 0, Mode, PurgeMessage.AllNames));

    /// <summary>
    /// Drops the whole database on the primary and in every replica, but keeps the own names of every lineage, and moves the watermark.
    /// </summary>
    /// <param name="epoch">The epoch that the caller expects the primary to be in.</param>
    /// <returns>The batch's watermark.</returns>
    /// <exception cref="EpochEndedException">As for <see cref="ApplyAsync"/>.</exception>
    /// <exception cref="RedisException">As for <see cref="ApplyAsync"/>.</exception>
    public async Task<Watermark> DropEverythingAsync(long epoch) =>
        new(epoch, await EvaluateAsync(epoch, Names([], []), 0, "everything", PurgeMessage.AllNames));

    /// <summary>
    /// Repeats a purge that a former primary had applied but not replicated to this one. Call it before the next epoch is opened. The
    /// watermark does not move, because a region that shows the next epoch has every purge of this one.
    /// </summary>
    /// <param name="epoch">The epoch that the primary shows.</param>
    /// <param name="next">
    /// The epoch to open afterwards. Tags get its first generation, because any generation of the current epoch may have been used already.
    /// </param>
    /// <param name="dropped">As for <see cref="ApplyAsync"/>.</param>
    /// <param name="tags">As for <see cref="ApplyAsync"/>.</param>
    /// <exception cref="EpochEndedException">As for <see cref="ApplyAsync"/>.</exception>
    /// <exception cref="RedisException">As for <see cref="ApplyAsync"/>.</exception>
    public Task ReplayAsync(long epoch, long next, IReadOnlyCollection<string> dropped, IReadOnlyCollection<string> tags) =>
        EvaluateAsync(epoch, Names(dropped, tags), dropped.Count, Mode, Hashes(dropped, tags), next);

    /// <summary>Does the same as <see cref="ReplayAsync"/> for a purge of everything.</summary>
    public Task ReplayEverythingAsync(long epoch, long next) =>
        EvaluateAsync(epoch, Names([], []), 0, "everything", PurgeMessage.AllNames, next);

    /// <summary>Starts an epoch. Continues it if the primary is in it already; does nothing if the primary shows a later one.</summary>
    /// <param name="epoch">The epoch to start.</param>
    /// <returns>The watermark that the primary shows afterwards.</returns>
    /// <exception cref="RedisException">The primary did not answer.</exception>
    public async Task<Watermark> OpenEpochAsync(long epoch)
    {
        var shown = (string?)await primary.ScriptEvaluateAsync(
            OpenEpoch, [keys.Watermark, keys.Lineages], [epoch, keys.WatermarkChannel.ToString(), keys.Lineage]);
        if (!Watermark.TryParse(shown, out var watermark))
        {
            throw new InvalidOperationException(
                string.Create(CultureInfo.InvariantCulture, $"'{keys.Watermark}' holds '{shown}', not a watermark."));
        }

        if (watermark.Epoch == epoch)
            await primary.ExecuteAsync("SCRIPT", "LOAD", TextOf(epoch));
        return watermark;
    }

    /// <summary>Returns the watermark that the primary shows; null if it shows none.</summary>
    /// <exception cref="RedisException">The primary did not answer.</exception>
    public async Task<Watermark?> ReadWatermarkAsync() =>
        Watermark.TryParse(await primary.StringGetAsync(keys.Watermark), out var watermark) ? watermark : null;

    // Contains the lineage too, because another lineage may have an epoch of the same number.
    private string TextOf(long epoch) => string.Create(
        CultureInfo.InvariantCulture, $"{Purge}\n-- Epoch {epoch} of {keys.Prefix}{keys.Lineage}\n");

#pragma warning disable CA5350 // Redis identifies scripts by their SHA-1, which protects no secret.
    private byte[] Sha1Of(long epoch)
    {
        var script = lastScript;
        if (script.Epoch != epoch)
            lastScript = script = new(epoch, SHA1.HashData(Encoding.UTF8.GetBytes(TextOf(epoch))));
        return script.Sha1;
    }
#pragma warning restore CA5350

    private RedisKey[] Names(IReadOnlyCollection<string> dropped, IReadOnlyCollection<string> tags)
    {
        ArgumentNullException.ThrowIfNull(dropped);
        ArgumentNullException.ThrowIfNull(tags);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dropped.Count, MaxNames);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tags.Count, MaxNames);
        return [keys.Watermark, keys.Carrier, keys.Lineages, .. dropped.Select(key => (RedisKey)key), .. tags.Select(keys.Tag)];
    }

    private byte[] Hashes(IEnumerable<string> dropped, IEnumerable<string> tags) =>
        PurgeMessage.HashesOf([.. dropped, .. tags.Select(tag => keys.Tag(tag).ToString())]);

    private async Task<long> EvaluateAsync(
        long epoch, RedisKey[] names, int dropped, string mode, RedisValue published, long? next = null)
    {
        try
        {
            RedisValue[] arguments =
            [
                epoch, dropped, mode, keys.WatermarkChannel.ToString(), keys.PurgeChannel.ToString(), published, keys.Lineage,
            ];
            return (long)(next is { } opened
                ? await primary.ScriptEvaluateAsync(Purge, names, [.. arguments, opened])
                : await primary.ScriptEvaluateAsync(Sha1Of(epoch), names, arguments));
        }
        catch (RedisServerException unknown) when (unknown.Message.StartsWith("NOSCRIPT ", StringComparison.Ordinal))
        {
            var message = string.Create(
                CultureInfo.InvariantCulture, $"epoch {epoch} has not been opened on this server since the server started");
            throw new EpochEndedException(message, unknown);
        }
        catch (RedisServerException refusal) when (refusal.Message.StartsWith("EPOCH ", StringComparison.Ordinal))
        {
            throw new EpochEndedException(refusal.Message["EPOCH ".Length..], refusal);
        }
    }
}

/// <summary>The SHA-1 of an epoch's script.</summary>
internal sealed record EpochScript(long Epoch, byte[] Sha1);

/// <summary>The primary is not in the purge's epoch: a newer epoch was opened, or the primary lost its data.</summary>
public sealed class EpochEndedException(string message, Exception inner) : Exception(message, inner);
