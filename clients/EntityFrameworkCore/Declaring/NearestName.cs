namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>Suggests the most likely name for a mistyped one.</summary>
internal static class NearestName
{
    /// <returns>The name with the smallest edit distance, ignoring case; null if none is close.</returns>
    public static string? To(string mistyped, IEnumerable<string> names)
    {
        var nearest = names.Select(name => (name, distance: Distance(mistyped, name)))
            .DefaultIfEmpty()
            .MinBy(candidate => candidate.distance);
        return nearest.name is not null && nearest.distance <= Math.Max(1, mistyped.Length / 3) ? nearest.name : null;
    }

    // The Levenshtein distance, row by row.
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        foreach (var (i, character) in from.Index())
        {
            var diagonal = row[0];
            row[0] = i + 1;
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = diagonal + (char.ToUpperInvariant(character) == char.ToUpperInvariant(to[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
