namespace LastMile.Events.Invalidator.Rules;

/// <summary>
/// The rules of one entity: those of each table that is tracked as it, and those of the configuration. A table's own rules fill from
/// each of its rows; every other rule only from rows that hold all that it names.
/// </summary>
internal sealed class EntityRules
{
    private readonly string entity;
    private readonly RowBinding[] tracked;
    private readonly string[][] complete;

    public EntityRules(string entity, TrackedTable[] tables, PurgeRule[] configured)
    {
        this.entity = entity;
        All = [.. tables.SelectMany(table => table.Rules).Concat(configured).DistinctBy(rule => (rule.Kind, rule.Template.Text))];

        // A configured rule that no table can fill is a mistake, and no row may hide it.
        PurgeRule[] strays = [.. configured.Where(rule => tables.All(table => rule.MissingAmong(table.Properties) is not null))];
        tracked = [.. tables.Select(table => new RowBinding(entity, table.Properties, All, [.. OwnRules(tables, table.Properties), .. strays]))];
        complete = [.. Widest(tables).Select(table => table.Properties.Concat(strays.SelectMany(rule => rule.Template.Placeholders)).ToArray())];
    }

    /// <summary>Every rule, each template once.</summary>
    public IReadOnlyList<PurgeRule> All { get; }

    /// <summary>
    /// The rules found in a row's columns. Columns that are no tracked table's were written by hand, or captured before the table was
    /// declared anew: such a row owes a value to every rule.
    /// </summary>
    public RowBinding Bind(string[] columns)
    {
        // Made beforehand, since rows come by the ten thousand a second, and compared in turn, since tables of an entity are few.
        foreach (var binding in tracked)
        {
            if (binding.Columns.AsSpan().SequenceEqual(columns))
                return binding;
        }

        return new RowBinding(entity, columns, All, All);
    }

    /// <summary>
    /// What values lack to stand for a row of the entity: those of one table are enough, where no other table's hold them all and
    /// more. A message that forgets a value must not pass for a row of a lesser table.
    /// </summary>
    /// <returns>A rule that can't be filled and a value that it lacks; null when the values are enough.</returns>
    public (PurgeRule Rule, string Value)? LackOf(IReadOnlyDictionary<string, string?> values)
    {
        if (Array.Exists(complete, properties => Array.TrueForAll(properties, values.ContainsKey)))
            return null;

        foreach (var rule in All)
        {
            if (rule.MissingAmong(values.Keys) is { } missing)
                return (rule, missing);
        }

        return null;
    }

    private static IEnumerable<PurgeRule> OwnRules(TrackedTable[] tables, string[] properties) =>
        tables.Where(table => table.Properties.AsSpan().SequenceEqual(properties)).SelectMany(table => table.Rules);

    private static IEnumerable<TrackedTable> Widest(TrackedTable[] tables) =>
        tables.Where(table => !Array.Exists(tables, other =>
            other.Properties.Length > table.Properties.Length && Array.TrueForAll(table.Properties, property => other.Properties.Contains(property, StringComparer.Ordinal))));
}
