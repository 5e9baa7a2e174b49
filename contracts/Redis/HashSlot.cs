using System.Globalization;
using System.Text;

namespace LastMile.Events.Redis;

/// <summary>The hash slots of a Redis Cluster: each key belongs to one of them, and each node serves some of them.</summary>
/// <seealso href="https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/">Redis cluster specification</seealso>
public static class HashSlot
{
    /// <summary>The number of slots.</summary>
    public const int Count = 16_384;

    private const int Polynomial = 0x1021;

    private static readonly ushort[] Crc = [.. Enumerable.Range(0, 256).Select(Remainder)];
    private static readonly Lazy<string[]> Tags = new(FindTags);

    /// <summary>Returns the slot of a key: of its hash tag, the first text in braces that is not empty, or of the whole key.</summary>
    /// <param name="key">The key.</param>
    public static int Of(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Of(Encoding.UTF8.GetBytes(key));
    }

    /// <inheritdoc cref="Of(string)"/>
    public static int Of(ReadOnlySpan<byte> key)
    {
        var open = key.IndexOf((byte)'{');
        var length = open < 0 ? -1 : key[(open + 1)..].IndexOf((byte)'}');
        var hashed = length > 0 ? key.Slice(open + 1, length) : key;
        var crc = 0;
        foreach (var value in hashed)
            crc = (ushort)(crc << 8) ^ Crc[(crc >> 8) ^ value];
        return crc % Count;
    }

    /// <summary>Returns a short hash tag of a slot, without braces; the same in every process.</summary>
    /// <param name="slot">The slot: 0 or greater, less than <see cref="Count"/>.</param>
    public static string TagOf(int slot) => Tags.Value[slot];

    // CRC-16/XMODEM.
    private static ushort Remainder(int value)
    {
        var crc = value << 8;
        for (var bit = 0; bit < 8; bit++)
            crc = (crc & 0x8000) != 0 ? (crc << 1) ^ Polynomial : crc << 1;
        return (ushort)crc;
    }

    // The first numbers, in hexadecimal, whose slots are all different. Takes a few milliseconds.
    private static string[] FindTags()
    {
        var tags = new string[Count];
        for (var (number, missing) = (0, Count); missing > 0; number++)
        {
            var tag = number.ToString("x", CultureInfo.InvariantCulture);
            ref var place = ref tags[Of(tag)];
            if (place is not null)
                continue;
            place = tag;
            missing--;
        }

        return tags;
    }
}
