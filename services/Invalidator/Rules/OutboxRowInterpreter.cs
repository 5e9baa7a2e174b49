using System.Text.Json;
using LastMile.Events.Invalidator.Outbox;

namespace LastMile.Events.Invalidator.Rules;

/// <summary>
/// Turns outbox rows into the names they purge. What can't be understood purges the entity's whole tag in its place, so that
/// nothing stale is left behind, and is named for quarantine.
/// </summary>
internal static class OutboxRowInterpreter
{
    private const int FailureLength = 1_000;
    private const int ShownLength = 60;

    /// <summary>Adds the names that a row purges.</summary>
    /// <returns>Why the row could not be understood in full; null when it was.</returns>
    public static string? Interpret(OutboxRow row, RuleBook book, PurgeNames names)
    {
        var reason = row.Unreadable ?? row.Kind switch
        {
            "insert" or "update" or "delete" => AddRows(row, book.Of(row.Entity).Bind(row.Relation, row.Columns), names),
            // Unresolved: what a row referred to is gone, and with it the values of its keys. The tag stands for them.
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
            return $"rows is not an array of arrays of {row.Columns.Length} texts or nulls: {invalid.Message}";
        }
    }

    private static string DescribeFailure(OutboxRow row) =>
        $"capture of '{Truncation.Of(row.Entity, ShownLength)}' failed: {Truncation.Of(FailureMessage(row), FailureLength).TrimEnd('.')}. select * from lastmile.audit() says what to mend; "
        + "until then each such change purges the whole tag";

    private static string FailureMessage(OutboxRow row)
    {
        try
        {
            var reader = new OutboxRowsReader(row.Rows, columns: 1);
            return reader.Read() && reader.Values[0] is { } message ? message : "the row does not say why";
        }
        catch (Exception invalid) when (invalid is JsonException or InvalidOperationException)
        {
            return "the row does not say why";
        }
    }
}
