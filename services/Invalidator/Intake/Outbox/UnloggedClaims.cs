using System.Collections.Concurrent;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Pipeline;
using LastMile.Events.Invalidator.Rules;
using Npgsql;

namespace LastMile.Events.Invalidator.Intake.Outbox;

/// <summary>
/// Announces the names of claimed rows while the log refuses purges, because such a claim is returned and taken again until the log accepts
/// it. Announces each row once: entries that readers fill again stay. Thread-safe.
/// </summary>
internal sealed class UnloggedClaims(RuleCatalog catalog, PurgePipeline pipeline)
{
    // Enough for many full claims. When it is reached, rows are announced again.
    private const int MaxRows = 100_000;

    private readonly ConcurrentDictionary<long, bool> announced = [];

    /// <summary>Announces the rows of a claim that were not announced yet, if the log refuses purges at present.</summary>
    /// <param name="claimed">The claim.</param>
    /// <param name="connection">The connection of the claim's transaction.</param>
    /// <param name="cancellationToken">Cancels the reading of the rules.</param>
    public async Task AnnounceAsync(ClaimedRows claimed, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (!pipeline.LogRefuses || announced.Count > MaxRows)
            announced.Clear();
        if (!pipeline.LogRefuses)
            return;

        var rules = await catalog.AtLeastAsync(claimed.RuleRevision, connection, cancellationToken);
        var names = new PurgeNames(rules.Own);
        foreach (var row in claimed.Rows.Where(row => announced.TryAdd(row.Id, true)))
            OutboxRowInterpreter.Interpret(row, rules, names);
        pipeline.AnnounceUnlogged(names.Keys, names.Tags);
    }
}
