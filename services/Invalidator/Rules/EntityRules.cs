namespace LastMile.Events.Invalidator.Rules;

/// <summary>
/// The rules of one entity: the rules of every table that is tracked as the entity, and configured rules. A table's rules apply to its own
/// rows. A configured rule applies to the rows of every table that has all columns that the rule names.
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

        // A configured rule that no table can fill is a mistake, so every row reports it.
        PurgeRule[] unfillable = [.. configured.Where(rule => tables.All(table => rule.MissingAmong(table.Properties) is not null))];
        // Two tables may have the same name: a table that was swapped out keeps the name that it was tracked under.
        byTable = tables.GroupBy(table => table.Name, StringComparer.Ordinal)
            .Where(same => same.Count() == 1)
            .Select(same => same.Single())
            .ToDictionary(
                table => table.Name,
                table => new RowBinding(
                    entity, table.Properties, Distinct(table.Rules.Concat(configured)), [.. table.Rules, .. unfillable]),
                StringComparer.Ordinal);
        byColumns = [.. tables.Select(table =>
            new RowBinding(entity, table.Properties, All, [.. RulesOf(tables, table.Properties), .. unfillable]))];
        complete = [.. Widest(tables).Select(table =>
            table.Properties.Concat(unfillable.SelectMany(rule => rule.Template.Placeholders)).ToArray())];
    }

    /// <summary>All rules, each template once.</summary>
    public IReadOnlyList<PurgeRule> All { get; }

    /// <summary>Returns the rules for a row.</summary>
    /// <param name="table">The name of the table that the row was captured from; null for a row that was written by hand.</param>
    /// <param name="columns">
    /// The row's columns. A row of an unknown table, or one captured before its table was declared again, gets every rule that it can fill.
    /// If its columns match no table either, every rule that it can't fill is a problem.
    /// </param>
    public RowBinding Bind(string? table, string[] columns)
    {
        if (table is not null && byTable.TryGetValue(table, out var own) && own.Columns.AsSpan().SequenceEqual(columns))
            return own;

        // Prepared in the constructor, because tens of thousands of rows arrive per second.
        foreach (var binding in byColumns)
        {
            if (binding.Columns.AsSpan().SequenceEqual(columns))
                return binding;
        }

        return new RowBinding(entity, columns, All, All);
    }

    /// <summary>
    /// Returns what a message's values lack to represent a row of the entity. The values of one table are enough, unless another table of
    /// the same schema has them all and more: a message that omits a value must not pass for a row of the smaller table. Tables of other
    /// schemas don't matter.
    /// </summary>
    /// <returns>A rule that can't be filled, and a value that it lacks; null when the values are enough.</returns>
    public (PurgeRule Rule, string Value)? FindMissing(IReadOnlyDictionary<string, string?> values)
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
