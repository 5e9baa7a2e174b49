using System.Globalization;
using System.Text.Json.Serialization;

namespace LastMile.Events.Redis;

/// <summary>
/// The position of the newest purge batch that a Redis server has applied. A replica that shows <c>(epoch, sequence)</c> has applied all
/// batches up to that sequence of that epoch, because replication preserves their order.
/// </summary>
/// <remarks>Written as <c>epoch-sequence</c>, such as <c>3-1042</c>. Ordered by epoch, then by sequence.</remarks>
public readonly record struct Watermark : IComparable<Watermark>
{
    /// <summary>Creates a watermark.</summary>
    /// <param name="epoch">The epoch, a gapless run of sequences: 1 or greater.</param>
    /// <param name="sequence">The place in the epoch: 0 before its first batch, or greater.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is below its range.</exception>
    public Watermark(long epoch, long sequence)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(epoch, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(sequence);
        Epoch = epoch;
        Sequence = sequence;
    }

    /// <summary>The epoch, a gapless run of sequences; 0 only in <c>default</c>, which sorts before every other watermark.</summary>
    public long Epoch { get; }

    /// <summary>The place in the epoch.</summary>
    public long Sequence { get; }

    /// <summary>The previous place in the same epoch; the watermark itself if its sequence is 0.</summary>
    [JsonIgnore]
    public Watermark Previous => Sequence > 0 ? new Watermark(Epoch, Sequence - 1) : this;

    /// <summary>Parses the form <c>epoch-sequence</c>.</summary>
    /// <param name="text">The text; null for a key that does not exist.</param>
    /// <param name="watermark">The watermark, or <c>default</c>.</param>
    /// <returns>Whether the text is a watermark.</returns>
    public static bool TryParse(string? text, out Watermark watermark)
    {
        watermark = default;
        var dash = text?.IndexOf('-', StringComparison.Ordinal) ?? -1;
        if (dash < 1
            || !long.TryParse(text.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
            || !long.TryParse(text.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            || epoch < 1)
        {
            return false;
        }

        watermark = new Watermark(epoch, sequence);
        return true;
    }

    /// <summary>
    /// Returns the number of batches after an earlier watermark. If that watermark is of an older epoch, it counts only the batches of this
    /// epoch, because older epochs no longer matter.
    /// </summary>
    /// <param name="earlier">The earlier watermark. If it is not earlier, the result is 0.</param>
    public long BatchesSince(Watermark earlier) =>
        this <= earlier ? 0 : Epoch == earlier.Epoch ? Sequence - earlier.Sequence : Sequence;

    /// <inheritdoc/>
    public int CompareTo(Watermark other) => (Epoch, Sequence).CompareTo((other.Epoch, other.Sequence));

    /// <summary>Whether <paramref name="left"/> is older than <paramref name="right"/>.</summary>
    public static bool operator <(Watermark left, Watermark right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> is newer than <paramref name="right"/>.</summary>
    public static bool operator >(Watermark left, Watermark right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> is equal to or older than <paramref name="right"/>.</summary>
    public static bool operator <=(Watermark left, Watermark right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> is equal to or newer than <paramref name="right"/>.</summary>
    public static bool operator >=(Watermark left, Watermark right) => left.CompareTo(right) >= 0;

    /// <summary>Returns the form <c>epoch-sequence</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch}-{Sequence}");
}
