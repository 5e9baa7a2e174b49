using System.Globalization;
using System.Text.Json.Serialization;

namespace LastMile.Events.Redis;

/// <summary>
/// The newest purge batch that a Redis server has applied. A replica that shows <c>(epoch, sequence)</c> has applied all batches up to
/// that sequence of that epoch, because replication keeps their order.
/// </summary>
/// <remarks>Written as <c>epoch-sequence</c>, such as <c>3-1042</c>. Ordered by epoch, then by sequence.</remarks>
public readonly record struct Watermark : IComparable<Watermark>
{
    /// <summary>Makes a watermark.</summary>
    /// <param name="epoch">A run of sequences with nothing missing: 1 or greater.</param>
    /// <param name="sequence">The place in the epoch: 0, before its first batch, or greater.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is below its range.</exception>
    public Watermark(long epoch, long sequence)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(epoch, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(sequence);
        Epoch = epoch;
        Sequence = sequence;
    }

    /// <summary>The run of sequences; 0 only in <c>default</c>, which comes before every watermark.</summary>
    public long Epoch { get; }

    /// <summary>The place in the epoch.</summary>
    public long Sequence { get; }

    /// <summary>The place before this one in the same epoch; its beginning is before itself.</summary>
    [JsonIgnore]
    public Watermark Previous => Sequence > 0 ? new Watermark(Epoch, Sequence - 1) : this;

    /// <summary>Reads the form <c>epoch-sequence</c>.</summary>
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
            return false;

        watermark = new Watermark(epoch, sequence);
        return true;
    }

    /// <summary>How many batches this shows beyond another: across epochs, all of this one's, since the older ones are of no account any more.</summary>
    /// <param name="earlier">The other; where it is not earlier the answer is 0.</param>
    public long BatchesSince(Watermark earlier) =>
        this <= earlier ? 0 : Epoch == earlier.Epoch ? Sequence - earlier.Sequence : Sequence;

    /// <inheritdoc/>
    public int CompareTo(Watermark other) => (Epoch, Sequence).CompareTo((other.Epoch, other.Sequence));

    /// <summary>Whether all that <paramref name="left"/> shows was applied before <paramref name="right"/>.</summary>
    public static bool operator <(Watermark left, Watermark right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> shows more than <paramref name="right"/>.</summary>
    public static bool operator >(Watermark left, Watermark right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="right"/> shows all that <paramref name="left"/> does.</summary>
    public static bool operator <=(Watermark left, Watermark right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> shows all that <paramref name="right"/> does.</summary>
    public static bool operator >=(Watermark left, Watermark right) => left.CompareTo(right) >= 0;

    /// <summary>The form <c>epoch-sequence</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch}-{Sequence}");
}
