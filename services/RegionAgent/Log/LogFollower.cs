using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;

namespace LastMile.Events.RegionAgent.Log;

/// <summary>
/// Receives purges from the log over HTTP while the bus is silent, as soon as the agent has lost its queue, or while a purge is missing
/// that later ones have overtaken. What it receives counts as messages do, so that verdict and sound marker need no bus. Reads the log
/// from time to time in any case, so that a wrong address or key is reported before the log is needed.
/// </summary>
internal sealed class LogFollower(
    PurgeLogClient log,
    LogState state,
    ReceivedPurges purges,
    PurgeLedger ledger,
    SkippedSequences skipped,
    LeadershipState leadership,
    TimeProvider time) : BackgroundService
{
    /// <summary>The silence of the bus after which the agent follows the log.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(30);

    // The bus delivers most batches that were overtaken within some tens of milliseconds.
    private static readonly TimeSpan MinGapAge = TimeSpan.FromMilliseconds(200);

    // A lone purge does not wait for it. In a flood of purges, it lets several share a request.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan SlowPace = TimeSpan.FromMilliseconds(100);

    private Guid positionTerm;
    private Watermark position;

    private bool IsSilent => UntilSilent <= TimeSpan.Zero;

    private TimeSpan UntilSilent => leadership.HasLostQueue || state.IsBusSilent ? TimeSpan.Zero : Silence - leadership.MessageAge;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!log.IsConfigured)
            return;
        var retry = Retry.Forever(time, state.Failed);
        while (true)
        {
            await leadership.LeadingAsync(stoppingToken);
            await retry.ExecuteAsync(async token => await StepAsync(token), stoppingToken);
            await Task.Delay(Pause(), time, stoppingToken);
        }
    }

    // A pause after each request, or until the bus has been silent for long enough.
    private TimeSpan Pause()
    {
        var untilSilent = UntilSilent;
        return untilSilent > SlowPace || !ledger.HasBegun || ledger.HasGap ? SlowPace
            : untilSilent > Pace ? untilSilent
            : Pace;
    }

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        var term = leadership.Term;
        var gap = ledger.FindGap(IsSilent ? TimeSpan.Zero : MinGapAge);
        if (term == Guid.Empty || (gap is null && !IsSilent && state.Age < CheckInterval))
            return;
        if (term != positionTerm)
            (position, positionTerm) = (default, term);
        if (ledger.HasBegun && ledger.Applied > position)
            position = ledger.Applied;

        if (position == default)
            await ReadEndAsync(term, cancellationToken);
        else
            await ReadNextAsync(term, gap, cancellationToken);
        if (IsSilent)
            await ReadSkippedAsync(term, cancellationToken);
    }

    // Without a position, the agent needs only the newest watermark: its ledger begins at the region's checkpoint, or there.
    private async Task ReadEndAsync(Guid term, CancellationToken cancellationToken)
    {
        var page = await log.ReadAsync(default, limit: 1, TimeSpan.Zero, cancellationToken);
        Receive(page, [], term);
    }

    private async Task ReadNextAsync(Guid term, Gap? gap, CancellationToken cancellationToken)
    {
        var (from, after) = (position, gap is null || gap.After > position ? position : gap.After);
        var wait = gap is null && IsSilent ? Wait : TimeSpan.Zero;
        var page = await log.ReadAsync(after, PurgeLogClient.MaxBatches, wait, cancellationToken);
        if (page is { Complete: false, Purges.Count: 0 } && page.Expected < after)
        {
            throw new LogUnavailableException(
                $"The purge log at {log.Address} ends at {page.Newest}, before the region's watermark {after}: it belongs to another "
                    + "database, or its database was restored from a backup.");
        }

        // Batches between the gap and the position are known.
        Receive(page, page.Purges.Where(batch => LogPage.PlaceOf(batch) is var place && (place > from || place <= gap?.UpTo)), term);
    }

    private async Task ReadSkippedAsync(Guid term, CancellationToken cancellationToken)
    {
        foreach (var one in skipped.Due())
        {
            var page = await log.ReadAsync(one.Gap.After, PurgeLogClient.MaxBatches, TimeSpan.Zero, cancellationToken);
            var late = one.TakeNew(page.Purges);
            if (leadership.Term == term)
                purges.Record(late);
        }
    }

    private void Receive(LogPage page, IEnumerable<PurgeApplied> batches, Guid term)
    {
        ReceivedPurges.Check(page.Purges);
        state.Answered();
        // Another agent may have been active since the request.
        if (leadership.Term != term)
            return;
        purges.Record(batches);
        if (page.Expected != default)
            ledger.Receive(page.Expected);
        if (page.Last > position && position != default)
            position = page.Last;
        if (position != default && page.IsLast)
            state.EndReached(term);
    }
}
