using CsCheck;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Repair;
using Microsoft.Extensions.Time.Testing;

namespace RegionAgent.Tests;

/// <summary>How a sequence of an epoch becomes known.</summary>
internal enum Fate
{
    Received,
    ReceivedTwice,

    /// <summary>Its message is lost: only the log knows it.</summary>
    Lost,

    /// <summary>Its message comes last of all, and the log gets it only then.</summary>
    Late,

    /// <summary>A sequence that is no purge, and never comes.</summary>
    Hole,
}

/// <summary>What may happen between an agent's begin and its end.</summary>
internal enum Move
{
    Hear,
    Beat,
    Prove,
    Drop,
    Sweep,
    Replay,
}

/// <summary>Purges of two epochs, and what happens while their messages come in some order.</summary>
internal sealed record LedgerHistory(IReadOnlyList<(Fate Fate, bool IsScan)> First, IReadOnlyList<(Fate Fate, bool IsScan)> Second, IReadOnlyList<(Move Move, int Which)> Moves)
{
    private static readonly Gen<List<(Fate, bool)>> Epoch = Gen.Select(Gen.Enum<Fate>(), Gen.Int[0, 3], (fate, kind) => (fate, kind == 0)).List[0, 10];

    public static readonly Gen<LedgerHistory> Any = Gen.Select(
        Epoch, Epoch, Gen.Select(Gen.Enum<Move>(), Gen.Int[0, 1_000]).List[0, 80], (first, second, moves) => new LedgerHistory(first, second, moves));

    public LedgerRun Run() => new(this);
}

/// <summary>A history as a ledger lives it, beside a plain account of what it must not forget.</summary>
internal sealed class LedgerRun
{
    private readonly List<PurgeApplied> log = [];
    private readonly List<PurgeApplied> coming = [];
    private readonly List<PurgeApplied> late = [];
    private readonly HashSet<Watermark> done = [];
    private readonly HashSet<Watermark> handed = [];
    private Watermark proved;

    public LedgerRun(LedgerHistory history)
    {
        Enter(1, history.First);
        Enter(2, history.Second);
        Ledger.Begin(new Watermark(1, 0));
        var applied = Ledger.Applied;
        foreach (var (move, which) in history.Moves)
        {
            Take(move, which);
            Check(applied);
            applied = Ledger.Applied;
        }

        Settle();
        log.AddRange(late);
        foreach (var batch in late)
            Ledger.Hear(batch);
        Settle();
    }

    public PurgeLedger Ledger { get; } = new(new FakeTimeProvider());

    /// <summary>The newest place of all.</summary>
    public Watermark Newest { get; private set; } = new(1, 0);

    /// <summary>Where the ledger said that something was done which was not.</summary>
    public List<string> Wrong { get; } = [];

    /// <summary>Purges that nobody did.</summary>
    public IEnumerable<PurgeApplied> Skipped => log.Where(batch => !handed.Contains(batch.Place()) && !IsProved(batch));

    private void Enter(long epoch, IReadOnlyList<(Fate Fate, bool IsScan)> row)
    {
        for (var n = 0; n < row.Count; n++)
        {
            Newest = new Watermark(epoch, n + 1);
            if (row[n].Fate == Fate.Hole)
                continue;
            var batch = row[n].IsScan ? Batches.OfPrefix(epoch, n + 1, "product:") : Batches.Of(epoch, n + 1, "key");
            (row[n].Fate == Fate.Late ? late : log).Add(batch);
            if (row[n].Fate is Fate.Received or Fate.ReceivedTwice)
                coming.Add(batch);
            if (row[n].Fate is Fate.ReceivedTwice)
                coming.Add(batch);
        }
    }

    private void Take(Move move, int which)
    {
        switch (move)
        {
            case Move.Hear when coming.Count > 0:
                Ledger.Hear(coming[which % coming.Count]);
                coming.RemoveAt(which % coming.Count);
                break;
            case Move.Beat:
                Ledger.Hear(Newest);
                break;
            case Move.Prove when log.Count > 0 && log[which % log.Count].Place() > proved:
                Ledger.Prove(proved = log[which % log.Count].Place());
                break;
            case Move.Drop:
                Do(Ledger.Due(TimeSpan.Zero));
                break;
            case Move.Sweep when Ledger.Scan() is { } scan:
                Do([scan]);
                break;
            case Move.Replay when Ledger.Missing(TimeSpan.Zero) is { } gap:
                Replay(gap, 1 + (which % 4));
                break;
            default:
                break;
        }
    }

    // As an Invalidator answers: a page of so many batches, and how far it goes.
    private void Replay(Gap gap, int size)
    {
        var found = log.Where(batch => batch.Place() > gap.After && batch.Place() <= gap.UpTo).OrderBy(batch => batch.Place()).ToList();
        var upTo = found.Count > size ? found[size - 1].Place() : gap.UpTo;
        Ledger.Replay(Batches.Page(gap.After, upTo, [.. found.Take(size)]), gap.After, upTo);
    }

    private void Do(IReadOnlyList<PendingPurge> purges)
    {
        handed.UnionWith(purges.Select(purge => purge.Watermark));
        Ledger.Done(purges, Ledger.Era);
        done.UnionWith(purges.Select(purge => purge.Watermark));
    }

    private void Settle()
    {
        foreach (var batch in coming)
            Ledger.Hear(batch);
        coming.Clear();
        Ledger.Hear(Newest);
        for (var more = true; more;)
        {
            var (gap, due, scan) = (Ledger.Missing(TimeSpan.Zero), Ledger.Due(TimeSpan.Zero), Ledger.Scan());
            if (gap is not null)
                Replay(gap, 3);
            Do(due);
            if (scan is not null)
                Do([scan]);
            more = gap is not null || due.Count > 0 || scan is not null;
        }
    }

    private void Check(Watermark before)
    {
        if (Ledger.Applied < before)
            Wrong.Add($"{Ledger.Applied} after {before}");
        // What is late was declared absent by the log: the ledger may pass it.
        Wrong.AddRange(log.Where(batch => batch.Place() <= Ledger.Applied && !done.Contains(batch.Place()) && !IsProved(batch)).Select(batch => $"{Ledger.Applied} before {batch.Place()}"));
    }

    private bool IsProved(PurgeApplied batch) => batch.Prefix is null && batch.Place() <= proved;
}
