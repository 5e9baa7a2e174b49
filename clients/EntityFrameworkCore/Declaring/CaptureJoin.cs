namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>A table one step away from a captured one, in which placeholders are looked up.</summary>
/// <param name="Table">Its name.</param>
/// <param name="Schema">Its schema; null for the default one.</param>
/// <param name="On">Each column of the captured table that leads there, and the column there.</param>
internal sealed record CaptureJoin(string Table, string? Schema, SortedDictionary<string, string> On)
{
    public bool Equals(CaptureJoin? other) =>
        other is not null && Table == other.Table && Schema == other.Schema && On.SequenceEqual(other.On);

    public override int GetHashCode() => HashCode.Combine(Table, Schema, On.Count);

    public override string ToString() => $"{(Schema is null ? Table : $"{Schema}.{Table}")} on {string.Join(", ", On.Select(pair => $"{pair.Key} = {pair.Value}"))}";
}
