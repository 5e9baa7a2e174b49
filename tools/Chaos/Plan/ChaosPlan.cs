namespace LastMile.Events.Chaos.Plan;

/// <summary>The schedule of faults. It depends only on the seed, so the same seed repeats a run.</summary>
internal sealed class ChaosPlan
{
    // On average, at least one in this many rounds has a single fault.
    private const int AloneOneOf = 3;
    private static readonly TimeSpan LatestBegin = TimeSpan.FromSeconds(3);

    private readonly Random random;
    private readonly IReadOnlyList<FaultKind> kinds;
    private readonly IReadOnlyList<string> invalidators;
    private readonly IReadOnlyList<string> regions;
    private readonly TimeSpan longest;
    private readonly Queue<FaultKind> deck = new();
    private PlannedFault? kept;

    /// <summary>Creates a plan.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="kinds">The kinds of fault to choose from.</param>
    /// <param name="invalidators">The Invalidators' names.</param>
    /// <param name="regions">The regions' names.</param>
    /// <param name="longest">The longest duration of any fault, even if its kind allows a longer one.</param>
    public ChaosPlan(
        int seed, IReadOnlyList<FaultKind> kinds, IReadOnlyList<string> invalidators, IReadOnlyList<string> regions, TimeSpan longest)
    {
        random = new Random(seed);
        (this.kinds, this.invalidators, this.regions, this.longest) = (kinds, invalidators, regions, longest);
    }

    /// <summary>Returns the next round: one fault, or two of different parts.</summary>
    public IReadOnlyList<PlannedFault> NextRound()
    {
        var first = kept ?? NextFault();
        kept = null;
        if (random.Next(AloneOneOf) == 0)
            return [first];
        var second = NextFault();
        if (second.Broken != first.Broken)
            return [first, second];
        kept = second;
        return [first];
    }

    private PlannedFault NextFault()
    {
        var kind = NextKind();
        var target = kind.Target switch
        {
            Targets.Invalidators => invalidators[random.Next(invalidators.Count)],
            Targets.Regions => regions[random.Next(regions.Count)],
            _ => "system",
        };
        return new PlannedFault(kind, target, random.NextDouble() * (LatestBegin < longest ? LatestBegin : longest), Lasting(kind));
    }

    // Every kind occurs once before any kind repeats.
    private FaultKind NextKind()
    {
        if (deck.Count == 0)
        {
            var shuffled = kinds.ToArray();
            random.Shuffle(shuffled);
            foreach (var kind in shuffled)
                deck.Enqueue(kind);
        }

        return deck.Dequeue();
    }

    private TimeSpan Lasting(FaultKind kind)
    {
        var drawn = kind.Least + (random.NextDouble() * (kind.Most - kind.Least));
        return drawn < longest ? drawn : longest;
    }
}
