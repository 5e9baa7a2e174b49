using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>A table that a captured table references, for placeholders that show its columns.</summary>
/// <param name="Table">The joined table's name.</param>
/// <param name="Schema">Its schema; null for the captured table's schema, or for the one that the search path finds.</param>
/// <param name="On">The columns of the captured table, and the matching column of the joined table for each.</param>
internal sealed record CaptureJoin(string Table, string? Schema, SortedDictionary<string, string> On)
{
    /// <summary>
    /// Whether the joined table is in the captured table's schema. A migration may run in another schema than the one it was generated for,
    /// such as another tenant's, and must not join the first tenant's tables.
    /// </summary>
    public bool SameSchema { get; init; }

    /// <summary>Creates the join of a captured table with another table.</summary>
    public static CaptureJoin Between(StoreObjectIdentifier captured, StoreObjectIdentifier other, SortedDictionary<string, string> on) =>
        new(other.Name, captured.Schema == other.Schema ? null : other.Schema, on) { SameSchema = captured.Schema == other.Schema };

    /// <summary>Returns the joined table, given the captured table with its schema in the migration.</summary>
    public StoreObjectIdentifier SeenFrom(StoreObjectIdentifier captured) =>
        StoreObjectIdentifier.Table(Table, SameSchema ? captured.Schema : Schema);

    public bool Equals(CaptureJoin? other) =>
        other is not null && Table == other.Table && Schema == other.Schema && SameSchema == other.SameSchema && On.SequenceEqual(other.On);

    public override int GetHashCode() => HashCode.Combine(Table, Schema, SameSchema, On.Count);

    public override string ToString() =>
        $"{(Schema is null ? Table : $"{Schema}.{Table}")} on {string.Join(", ", On.Select(pair => $"{pair.Key} = {pair.Value}"))}";
}
