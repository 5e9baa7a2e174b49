using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Rules;
using Npgsql;

namespace LastMile.Events.Invalidator.Intake.Outbox;

/// <summary>Interprets a claim's rows with rules at least as new as the claim's revision, and logs which rows go to quarantine.</summary>
internal sealed partial class ClaimInterpreter(RuleCatalog catalog, ILogger<ClaimInterpreter> logger)
{
    private const int ShownLength = 60;

    /// <summary>Interprets the rows of a claim.</summary>
    /// <param name="claimed">The claim, with at least one row.</param>
    /// <param name="connection">The connection of the claim's transaction.</param>
    /// <param name="cancellationToken">Cancels the reading of the rules.</param>
    public async Task<InterpretedClaim> InterpretAsync(
        ClaimedRows claimed, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var rules = await catalog.AtLeastAsync(claimed.RuleRevision, connection, cancellationToken);
        var names = new PurgeNames(rules.Own);
        var rejected = Interpret(claimed.Rows, rules, names);
        return new InterpretedClaim(names, OriginsOf(claimed.Rows), rejected);
    }

    private List<(OutboxRow Row, string Reason)> Interpret(List<OutboxRow> rows, RuleBook rules, PurgeNames names)
    {
        var rejected = new List<(OutboxRow Row, string Reason)>();
        foreach (var row in rows)
        {
            if (OutboxRowInterpreter.Interpret(row, rules, names) is not { } reason)
                continue;

            // A table that can't be captured fails on every write: one report per claim is enough.
            if (row.Kind == OutboxRow.Failure && rejected.Exists(other => other.Row.Entity == row.Entity && other.Reason == reason))
                continue;

            rejected.Add((row, reason));
        }

        // Logs one line per entity and reason, because a line per row could fill the disk. The quarantine has the rows.
        foreach (var alike in rejected.GroupBy(row => (row.Row.Entity, row.Reason)))
            Log.Quarantined(logger, alike.Count(), alike.First().Row.Id, Truncation.Of(alike.Key.Entity, ShownLength), alike.Key.Reason);

        return rejected;
    }

    private static PurgeOrigins OriginsOf(List<OutboxRow> rows)
    {
        var origins = new PurgeOrigins();
        foreach (var row in rows)
            origins.Add(row.TraceParent, row.Actor);
        return origins;
    }

    private static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "Moving {Count} outbox rows (first: {Id}) to lastmile.outbox_quarantine "
                + "and purging the whole tag {Entity} instead: {Reason}")]
        public static partial void Quarantined(ILogger logger, int count, long id, string entity, string reason);
    }
}

/// <summary>The purge that a claim's rows yield.</summary>
/// <param name="Names">The names to purge.</param>
/// <param name="Origins">The origins of the changes.</param>
/// <param name="Rejected">The rows to move to quarantine, with the reasons.</param>
internal sealed record InterpretedClaim(PurgeNames Names, PurgeOrigins Origins, List<(OutboxRow Row, string Reason)> Rejected);
