using System.Text.Json;
using LastMile.Events.Invalidator.Changes;

namespace LastMile.Events.Invalidator.Rules;

/// <summary>
/// Turns outbox rows into the names that they purge. A row that can't be interpreted in full purges the entity's whole tag, so that nothing
/// stale remains, and is reported for quarantine.
/// </summary>
internal static class OutboxRowInterpreter
{
    private const int FailureLength = 1_000;
    private const int ShownLength = 60;

    /// <summary>Adds the names that a row purges.</summary>
    /// <returns>Why the row could not be interpreted in full; null when it was.</returns>
    public static string? Interpret(OutboxRow row, RuleBook book, PurgeNames names)
    {
        var reason = row.Unreadable ?? row.Kind switch
        {
            "insert" or "update" or "delete" => AddRows(row, book.Of(row.Entity).Bind(row.Relation, row.Columns), names),
            // Unresolved: the referenced row is gone, and with it the values of the keys. The tag covers them.
            "truncate" or "unresolved" => names.Add(RuleKind.Tag, row.Entity),
            OutboxRow.Failure => DescribeFailure(row),
            _ => $"the kind '{Truncation.Of(row.Kind, ShownLength)}' is none of insert, update, delete, truncate, unresolved, failure",
        };
        if (reason is not null)
            names.Add(RuleKind.Tag, row.Entity);
        return reason;
    }

    private static string? AddRows(OutboxRow row, RowBinding binding, PurgeNames names)
    {
        try
        {
            return binding.AddTo(names, new OutboxRowsReader(row.Rows, row.Columns.Length)) ?? binding.Problem;
        }
        catch (Exception invalid) when (invalid is JsonException or InvalidOperationException)
        {
            return $"rows is not an array of arrays of {row.Columns.Length} strings or nulls: {invalid.Message}";
        }
    }

    private static string DescribeFailure(OutboxRow row) =>
        $"capture of '{Truncation.Of(row.Entity, ShownLength)}' failed: {Truncation.Of(FailureMessage(row), FailureLength).TrimEnd('.')}. "
        + "select * from lastmile.audit() says how to fix it; until then, each such change purges the whole tag";

    private static string FailureMessage(OutboxRow row)
    {
        try
        {
            var reader = new OutboxRowsReader(row.Rows, columns: 1);
            return reader.Read() && reader.Values[0] is { } message ? message : "the row gives no reason";
        }
        catch (Exception invalid) when (invalid is JsonException or InvalidOperationException)
        {
            return "the row gives no reason";
        }
    }
}
