using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>A table one step away from a captured one, in which placeholders are looked up.</summary>
/// <param name="Table">Its name.</param>
/// <param name="Schema">Its schema; null for the captured table's own, or for the one that the search path finds.</param>
/// <param name="On">Each column of the captured table that leads there, and the column there.</param>
internal sealed record CaptureJoin(string Table, string? Schema, SortedDictionary<string, string> On)
{
    /// <summary>
    /// Whether it is in the captured table's schema. A migration may run in another schema than it was generated for, as where each tenant has
    /// one, and must not look into the first tenant's tables.
    /// </summary>
    public bool SameSchema { get; init; }

    /// <summary>Returns the join of a captured table with another one.</summary>
    public static CaptureJoin Between(StoreObjectIdentifier captured, StoreObjectIdentifier other, SortedDictionary<string, string> on) =>
        new(other.Name, captured.Schema == other.Schema ? null : other.Schema, on) { SameSchema = captured.Schema == other.Schema };

    /// <summary>Returns the joined table of a captured one.</summary>
    public StoreObjectIdentifier SeenFrom(StoreObjectIdentifier captured) =>
        StoreObjectIdentifier.Table(Table, SameSchema ? captured.Schema : Schema);

    public bool Equals(CaptureJoin? other) =>
        other is not null && Table == other.Table && Schema == other.Schema && SameSchema == other.SameSchema && On.SequenceEqual(other.On);

    public override int GetHashCode() => HashCode.Combine(Table, Schema, SameSchema, On.Count);

    public override string ToString() => $"{(Schema is null ? Table : $"{Schema}.{Table}")} on {string.Join(", ", On.Select(pair => $"{pair.Key} = {pair.Value}"))}";
}
