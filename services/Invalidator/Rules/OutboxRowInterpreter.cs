using System.Text.Json;
using LastMile.Events.Invalidator.Outbox;

namespace LastMile.Events.Invalidator.Rules;

/// <summary>
/// Turns outbox rows into the names they purge. What can't be understood purges the entity's whole tag in its place, so that
/// nothing stale is left behind, and is named for quarantine.
/// </summary>
internal static class OutboxRowInterpreter
{
    /// <summary>Adds the names that a row purges.</summary>
    /// <returns>Why the row could not be understood in full; null when it was.</returns>
    public static string? Interpret(OutboxRow row, RuleBook book, PurgeNames names)
    {
        var reason = row.Kind switch
        {
            "insert" or "update" or "delete" => AddRows(row, book.Of(row.Entity), names),
            "truncate" => names.Add(RuleKind.Tag, row.Entity),
            _ => $"the kind '{row.Kind}' is none of insert, update, delete, truncate",
        };
        if (reason is not null)
            names.Add(RuleKind.Tag, row.Entity);
        return reason;
    }

    private static string? AddRows(OutboxRow row, IReadOnlyList<PurgeRule> rules, PurgeNames names)
    {
        if (rules.Count == 0)
            return $"no purge rule is known for the entity '{row.Entity}'";

        string? reason = null;
        var bound = new List<BoundRule>(rules.Count);
        foreach (var rule in rules)
        {
            if (BoundRule.TryBind(rule, row.Columns, out var missing) is { } usable)
                bound.Add(usable);
            else
                reason ??= $"the template '{rule.Template}' names '{missing}', which the row does not hold; its columns: {string.Join(", ", row.Columns)}";
        }

        return AddRows(row, bound, names) ?? reason;
    }

    private static string? AddRows(OutboxRow row, List<BoundRule> rules, PurgeNames names)
    {
        string? reason = null;
        try
        {
            var reader = new OutboxRowsReader(row.Rows, row.Columns.Length);
            while (reader.Read())
            {
                foreach (var rule in rules)
                    reason = rule.AddTo(names, reader.Values) ?? reason;
            }
        }
        catch (Exception invalid) when (invalid is JsonException or InvalidOperationException)
        {
            return $"rows is not an array of arrays of {row.Columns.Length} texts or nulls: {invalid.Message}";
        }

        return reason;
    }

    /// <summary>A rule with its placeholders found in the row's columns.</summary>
    private sealed class BoundRule(PurgeRule rule, int[] positions)
    {
        private readonly string?[] values = new string?[positions.Length];

        public static BoundRule? TryBind(PurgeRule rule, string[] columns, out string? missing)
        {
            var positions = new int[rule.Template.Placeholders.Count];
            missing = null;
            for (var i = 0; i < positions.Length; i++)
            {
                positions[i] = Array.IndexOf(columns, rule.Template.Placeholders[i]);
                if (positions[i] < 0)
                {
                    missing = rule.Template.Placeholders[i];
                    return null;
                }
            }

            return new BoundRule(rule, positions);
        }

        public string? AddTo(PurgeNames names, ReadOnlySpan<string?> row)
        {
            for (var i = 0; i < positions.Length; i++)
                values[i] = row[positions[i]];
            return rule.Template.Render(values) is { } name ? names.Add(rule.Kind, name) : null;
        }
    }
}
