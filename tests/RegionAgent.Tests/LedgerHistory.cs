using CsCheck;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Ledger;
using Microsoft.Extensions.Time.Testing;

namespace RegionAgent.Tests;

/// <summary>How the ledger receives a sequence, if it does.</summary>
internal enum Fate
{
    Received,
    ReceivedTwice,

    /// <summary>Its message is lost; only the log contains it.</summary>
    Lost,

    /// <summary>Its message arrives after all others, and the log contains it only from then on.</summary>
    Late,

    /// <summary>A sequence without a batch, which never arrives.</summary>
    Void,
}

/// <summary>A step of a history.</summary>
internal enum Move
{
    Receive,
    Heartbeat,
    Prove,
    Drop,
    Sweep,
    Replay,
}

/// <summary>Purges of two epochs, and the steps in which their messages arrive and the ledger works, in some order.</summary>
internal sealed record LedgerHistory(
    IReadOnlyList<(Fate Fate, bool IsScan)> First,
    IReadOnlyList<(Fate Fate, bool IsScan)> Second,
    IReadOnlyList<(Move Move, int Which)> Moves)
{
    private static readonly Gen<List<(Fate, bool)>> Epoch =
        Gen.Select(Gen.Enum<Fate>(), Gen.Int[0, 3], (fate, kind) => (fate, kind == 0)).List[0, 10];

    public static readonly Gen<LedgerHistory> Any = Gen.Select(
        Epoch, Epoch, Gen.Select(Gen.Enum<Move>(), Gen.Int[0, 1_000]).List[0, 80],
        (first, second, moves) => new LedgerHistory(first, second, moves));

    public LedgerRun Run() => new(this);
}

/// <summary>Runs a history on a ledger, and compares the ledger with a simple model after each step.</summary>
internal sealed class LedgerRun
{
    private readonly List<PurgeApplied> log = [];
    private readonly List<PurgeApplied> arriving = [];
    private readonly List<PurgeApplied> late = [];
    private readonly HashSet<Watermark> done = [];
    private readonly HashSet<Watermark> returned = [];
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
            Ledger.Receive(batch);
        Settle();
    }

    public PurgeLedger Ledger { get; } = new(new FakeTimeProvider());

    /// <summary>The newest watermark.</summary>
    public Watermark Newest { get; private set; } = new(1, 0);

    /// <summary>Steps after which the ledger counted an unapplied purge as applied, or moved its applied watermark back.</summary>
    public List<string> Wrong { get; } = [];

    /// <summary>Purges that the ledger never returned as due and that replication did not prove.</summary>
    public IEnumerable<PurgeApplied> Skipped => log.Where(batch => !returned.Contains(batch.Place()) && !IsProved(batch));

    private void Enter(long epoch, IReadOnlyList<(Fate Fate, bool IsScan)> row)
    {
        for (var n = 0; n < row.Count; n++)
        {
            Newest = new Watermark(epoch, n + 1);
            if (row[n].Fate == Fate.Void)
                continue;
            var batch = row[n].IsScan ? Batches.OfPrefix(epoch, n + 1, "product:") : Batches.Of(epoch, n + 1, "key");
            (row[n].Fate == Fate.Late ? late : log).Add(batch);
            if (row[n].Fate is Fate.Received or Fate.ReceivedTwice)
                arriving.Add(batch);
            if (row[n].Fate is Fate.ReceivedTwice)
                arriving.Add(batch);
        }
    }

    private void Take(Move move, int which)
    {
        switch (move)
        {
            case Move.Receive when arriving.Count > 0:
                Ledger.Receive(arriving[which % arriving.Count]);
                arriving.RemoveAt(which % arriving.Count);
                break;
            case Move.Heartbeat:
                Ledger.Receive(Newest);
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
            case Move.Replay when Ledger.FindGap(TimeSpan.Zero) is { } gap:
                Replay(gap, 1 + (which % 4));
                break;
            default:
                break;
        }
    }

    // Answers as an Invalidator does: with a page of at most that size, and the watermark that the page reaches.
    private void Replay(Gap gap, int size)
    {
        var found = log.Where(batch => batch.Place() > gap.After && batch.Place() <= gap.UpTo).OrderBy(batch => batch.Place()).ToList();
        var upTo = found.Count > size ? found[size - 1].Place() : gap.UpTo;
        Ledger.Replay(Batches.Page(gap.After, upTo, [.. found.Take(size)]), gap.After, upTo);
    }

    private void Do(IReadOnlyList<PendingPurge> purges)
    {
        returned.UnionWith(purges.Select(purge => purge.Watermark));
        Ledger.Done(purges, Ledger.Era);
        done.UnionWith(purges.Select(purge => purge.Watermark));
    }

    private void Settle()
    {
        foreach (var batch in arriving)
            Ledger.Receive(batch);
        arriving.Clear();
        Ledger.Receive(Newest);
        for (var more = true; more;)
        {
            var (gap, due, scan) = (Ledger.FindGap(TimeSpan.Zero), Ledger.Due(TimeSpan.Zero), Ledger.Scan());
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
        // The log does not contain the late purges yet, so the ledger may pass them.
        var unapplied = log.Where(batch => batch.Place() <= Ledger.Applied && !done.Contains(batch.Place()) && !IsProved(batch));
        Wrong.AddRange(unapplied.Select(batch => $"{Ledger.Applied} before {batch.Place()}"));
    }

    private bool IsProved(PurgeApplied batch) => batch.Prefix is null && batch.Place() <= proved;
}
