using LastMile.Events.Invalidator.Changes;

namespace LastMile.Events.Invalidator.Rules;

/// <summary>The rules of an entity that rows with certain columns can fill. Immutable, so that several relays can share it.</summary>
internal sealed class RowBinding
{
    private const int ShownLength = 300;

    private readonly BoundRule[] rules;

    /// <summary>Finds the columns of the rules' placeholders.</summary>
    /// <param name="entity">The entity.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="all">The rules. A rule applies if the columns include every property that it names.</param>
    /// <param name="mandatory">The rules among them that must apply.</param>
    public RowBinding(string entity, string[] columns, IReadOnlyList<PurgeRule> all, IReadOnlyList<PurgeRule> mandatory)
    {
        Columns = columns;
        rules = [.. all.Where(rule => rule.MissingAmong(columns) is null).Select(rule => new BoundRule(rule, columns))];
        Problem = all.Count == 0
            ? $"no purge rule is known for the entity '{Truncation.Of(entity, ShownLength)}'"
            : mandatory.Select(rule => (Rule: rule, Missing: rule.MissingAmong(columns))).Where(rule => rule.Missing is not null)
                .Select(rule => $"the template '{rule.Rule.Template}' names '{rule.Missing}', which the row does not hold; "
                    + $"its columns: {Truncation.Of(string.Join(", ", columns), ShownLength)}")
                .FirstOrDefault();
    }

    public string[] Columns { get; }

    /// <summary>Why such rows can't be interpreted in full; null when they can.</summary>
    public string? Problem { get; }

    /// <summary>Adds the names that rows purge.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="names">Receives the names.</param>
    /// <returns>Why a name is invalid; null when all were added.</returns>
    public string? AddTo(PurgeNames names, OutboxRowsReader rows)
    {
        string? problem = null;
        var values = new string?[Columns.Length];
        while (rows.Read())
        {
            foreach (var rule in rules)
                problem = rule.AddTo(names, rows.Values, values) ?? problem;
        }

        return problem;
    }

    /// <summary>A rule and the columns of its placeholders.</summary>
    private sealed class BoundRule(PurgeRule rule, string[] columns)
    {
        private readonly int[] positions = [.. rule.Template.Placeholders.Select(placeholder => Array.IndexOf(columns, placeholder))];

        public string? AddTo(PurgeNames names, ReadOnlySpan<string?> row, Span<string?> values)
        {
            for (var i = 0; i < positions.Length; i++)
                values[i] = row[positions[i]];
            return rule.Template.Render(values[..positions.Length]) is { } name ? names.Add(rule.Kind, name) : null;
        }
    }
}
