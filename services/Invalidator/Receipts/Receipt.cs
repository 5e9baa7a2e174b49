using System.Text.Json.Serialization;

namespace LastMile.Events.Invalidator.Receipts;

/// <summary>Where a purge has arrived.</summary>
/// <param name="Id">The purge batch.</param>
/// <param name="Epoch">The epoch of its watermark.</param>
/// <param name="Sequence">Its place in the epoch.</param>
/// <param name="AppliedAt">When the primary had applied it, by the Invalidator's clock.</param>
/// <param name="Keys">How many keys it names.</param>
/// <param name="Tags">How many tags it names.</param>
/// <param name="Prefix">Every key that begins with this is dropped; null for none.</param>
/// <param name="Everything">Whether the whole cache was dropped.</param>
/// <param name="Regions">Each region, by name.</param>
internal sealed record Receipt(
    Guid Id, long Epoch, long Sequence, DateTimeOffset AppliedAt, int Keys, int Tags, string? Prefix, bool Everything, IReadOnlyList<RegionReceipt> Regions)
{
    /// <summary>The regions where it has not arrived.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Pending => [.. Regions.Where(region => region.State == Arrival.Pending).Select(region => region.Name)];
}

/// <summary>Whether a purge has arrived in a region.</summary>
/// <param name="Name">The region's name.</param>
/// <param name="State">Whether it has.</param>
/// <param name="AfterMs">From the primary's answer until the Invalidator knew; null while pending, and where it arrived before the Invalidator's memory begins.</param>
/// <param name="Scan">How far the agent's scan for this purge is; null when none runs.</param>
internal sealed record RegionReceipt(string Name, Arrival State, double? AfterMs, ScanProgress? Scan);

/// <summary>Whether a purge has arrived.</summary>
internal enum Arrival
{
    [JsonStringEnumMemberName("pending")]
    Pending,

    [JsonStringEnumMemberName("applied")]
    Applied,
}

/// <summary>How far an agent's scan of its region's Redis is.</summary>
/// <param name="Seen">Keys looked at so far.</param>
/// <param name="Dropped">Keys dropped so far.</param>
internal sealed record ScanProgress(long Seen, long Dropped);
