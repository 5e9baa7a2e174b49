using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace LastMile.Events.Redis;

/// <summary>
/// The message on <see cref="RedisKeys.PurgeChannel"/> that names what a purge dropped, so that caches in processes can drop it too. Each
/// name is a hash, because a hash costs 4 bytes on the replication link and two names with one hash only cause a miss.
/// </summary>
/// <remarks>
/// Its form is <c>1 watermark horizon names</c>: the version, the batch's watermark, a horizon that is reserved for a later version, and
/// the names. A dash stands for a missing watermark or horizon. The names are their hashes without separators, or <c>*</c> for all names.
/// A message without a watermark is no batch of the primary: it is a replay, or a purge that a region's agent applied.
/// </remarks>
/// <param name="Watermark">The batch's watermark; null for none.</param>
/// <param name="All">Whether the purge may have dropped any name.</param>
public readonly record struct PurgeMessage(Watermark? Watermark, bool All)
{
    /// <summary>The text that stands for all names.</summary>
    public const string AllNames = "*";

    /// <summary>The number of bytes of a hash.</summary>
    public const int HashLength = 4;

    private const int MaxStackBytes = 512;

    /// <summary>Returns the hash of a key, or of a tag's generation key: the lower 32 bits of the XXH3 hash of its UTF-8 bytes.</summary>
    /// <param name="name">The name, as Redis holds it.</param>
    public static uint HashOf(ReadOnlySpan<char> name)
    {
        var length = Encoding.UTF8.GetMaxByteCount(name.Length);
        var bytes = length <= MaxStackBytes ? stackalloc byte[MaxStackBytes] : new byte[length];
        return (uint)XxHash3.HashToUInt64(bytes[..Encoding.UTF8.GetBytes(name, bytes)]);
    }

    /// <summary>Returns the hashes of names, each as 4 bytes in little-endian order.</summary>
    /// <param name="names">The names, as Redis holds them.</param>
    public static byte[] HashesOf(IReadOnlyCollection<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var hashes = new byte[names.Count * HashLength];
        var rest = hashes.AsSpan();
        foreach (var name in names)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(rest, HashOf(name));
            rest = rest[HashLength..];
        }

        return hashes;
    }

    /// <summary>Parses a message.</summary>
    /// <param name="body">The message.</param>
    /// <param name="message">Its watermark, and whether it means all names.</param>
    /// <param name="hashes">The hashes of its names, each as 4 bytes in little-endian order; empty if it means all names.</param>
    /// <returns>Whether this version can read the message. If not, treat it as a purge of all names.</returns>
    public static bool TryParse(ReadOnlySpan<byte> body, out PurgeMessage message, out ReadOnlySpan<byte> hashes)
    {
        message = default;
        hashes = default;
        if (!body.StartsWith("1 "u8) || !TryTakeWord(ref body, out _) || !TryTakeWord(ref body, out var position)
            || !TryTakeWord(ref body, out _))
        {
            return false;
        }

        var all = body.SequenceEqual("*"u8);
        var watermark = default(Watermark);
        if ((!all && body.Length % HashLength != 0)
            || (!position.SequenceEqual("-"u8) && !Redis.Watermark.TryParse(Encoding.ASCII.GetString(position), out watermark)))
        {
            return false;
        }

        message = new PurgeMessage(watermark == default ? null : watermark, all);
        hashes = all ? [] : body;
        return true;
    }

    private static bool TryTakeWord(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> word)
    {
        var end = rest.IndexOf((byte)' ');
        if (end < 1)
        {
            word = default;
            return false;
        }

        word = rest[..end];
        rest = rest[(end + 1)..];
        return true;
    }
}
