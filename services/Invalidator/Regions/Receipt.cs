using System.Text.Json.Serialization;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>The receipt of a purge: where it has arrived.</summary>
/// <param name="Id">The purge batch.</param>
/// <param name="Epoch">The epoch of its watermark.</param>
/// <param name="Sequence">Its sequence in the epoch.</param>
/// <param name="AppliedAt">When the primary had applied it, or when it was logged without one, by the Invalidator's clock.</param>
/// <param name="Keys">The number of keys that it names.</param>
/// <param name="Tags">The number of tags that it names.</param>
/// <param name="Prefix">The prefix of the keys that it drops; null for none.</param>
/// <param name="Everything">Whether it drops the whole cache.</param>
/// <param name="Regions">The known regions, ordered by name.</param>
internal sealed record Receipt(
    Guid Id,
    long Epoch,
    long Sequence,
    DateTimeOffset AppliedAt,
    int Keys,
    int Tags,
    string? Prefix,
    bool Everything,
    IReadOnlyList<RegionReceipt> Regions)
{
    /// <summary>The names of the regions where it has not arrived.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Pending => [.. Regions.Where(region => region.State == Arrival.Pending).Select(region => region.Name)];
}

/// <summary>Whether a purge has arrived in a region.</summary>
/// <param name="Name">The region's name.</param>
/// <param name="State">Whether the purge has arrived.</param>
/// <param name="AfterMs">
/// The time from AppliedAt to the arrival, in milliseconds; null while pending, and when the purge arrived before the
/// Invalidator's records begin.
/// </param>
/// <param name="Scan">The progress of the agent's scan for this purge; null when none is running.</param>
internal sealed record RegionReceipt(string Name, Arrival State, double? AfterMs, ScanProgress? Scan);

/// <summary>Whether a purge has arrived.</summary>
internal enum Arrival
{
    [JsonStringEnumMemberName("pending")]
    Pending,

    [JsonStringEnumMemberName("applied")]
    Applied,
}

/// <summary>The progress of an agent's scan of its region's Redis.</summary>
/// <param name="Seen">The number of keys scanned so far.</param>
/// <param name="Dropped">The number of keys dropped so far.</param>
internal sealed record ScanProgress(long Seen, long Dropped);
