namespace LastMile.Events.Invalidator.Rules;

/// <summary>
/// The rules of one entity: those of each table that is tracked as it, and those of the configuration. A table's rules are for its own
/// rows; those of the configuration are for the rows of each table that hold all that they name.
/// </summary>
internal sealed class EntityRules
{
    private readonly string entity;
    private readonly Dictionary<string, RowBinding> byTable;
    private readonly RowBinding[] byColumns;
    private readonly string[][] complete;

    public EntityRules(string entity, TrackedTable[] tables, PurgeRule[] configured)
    {
        this.entity = entity;
        All = Distinct(tables.SelectMany(table => table.Rules).Concat(configured));

        // A configured rule that no table can fill is a mistake, and no row may hide it.
        PurgeRule[] strays = [.. configured.Where(rule => tables.All(table => rule.MissingAmong(table.Properties) is not null))];
        // A table that was swapped out keeps the name that it was tracked under.
        byTable = tables.GroupBy(table => table.Name, StringComparer.Ordinal).Where(same => same.Count() == 1).Select(same => same.Single()).ToDictionary(
            table => table.Name,
            table => new RowBinding(entity, table.Properties, Distinct(table.Rules.Concat(configured)), [.. table.Rules, .. strays]),
            StringComparer.Ordinal);
        byColumns = [.. tables.Select(table => new RowBinding(entity, table.Properties, All, [.. RulesOf(tables, table.Properties), .. strays]))];
        complete = [.. Widest(tables).Select(table => table.Properties.Concat(strays.SelectMany(rule => rule.Template.Placeholders)).ToArray())];
    }

    /// <summary>Every rule, each template once.</summary>
    public IReadOnlyList<PurgeRule> All { get; }

    /// <summary>The rules for a row.</summary>
    /// <param name="table">The name of the table that it was captured of; null for a row that was written by hand.</param>
    /// <param name="columns">
    /// Its columns. A row of an unknown table, or one that was captured before its table was declared again, fills every rule that it can.
    /// Where the columns are no table's either, it owes a value to every rule.
    /// </param>
    public RowBinding Bind(string? table, string[] columns)
    {
        if (table is not null && byTable.TryGetValue(table, out var own) && own.Columns.AsSpan().SequenceEqual(columns))
            return own;

        // Made beforehand, since rows come by the ten thousand a second.
        foreach (var binding in byColumns)
        {
            if (binding.Columns.AsSpan().SequenceEqual(columns))
                return binding;
        }

        return new RowBinding(entity, columns, All, All);
    }

    /// <summary>
    /// What values lack to stand for a row of the entity: those of one table are enough, where no other table of its schema has them all
    /// and more. A message that forgets a value must not pass for a row of a lesser table; what another schema calls by the same name is
    /// no matter of it.
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

    private static PurgeRule[] Distinct(IEnumerable<PurgeRule> rules) => [.. rules.DistinctBy(rule => (rule.Kind, rule.Template.Text))];

    private static IEnumerable<PurgeRule> RulesOf(TrackedTable[] tables, string[] properties) =>
        tables.Where(table => table.Properties.AsSpan().SequenceEqual(properties)).SelectMany(table => table.Rules);

    private static IEnumerable<TrackedTable> Widest(TrackedTable[] tables) =>
        tables.Where(table => !Array.Exists(tables, other =>
            other.Schema == table.Schema && other.Properties.Length > table.Properties.Length
            && Array.TrueForAll(table.Properties, property => other.Properties.Contains(property, StringComparer.Ordinal))));
}
