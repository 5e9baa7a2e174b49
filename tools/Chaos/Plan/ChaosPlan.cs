namespace LastMile.Events.Chaos.Plan;

/// <summary>Which faults come when: drawn from a seed and nothing else, so that the same seed makes the same run.</summary>
internal sealed class ChaosPlan
{
    // One round of so many has one fault only.
    private const int AloneOneOf = 3;
    private static readonly TimeSpan LatestBegin = TimeSpan.FromSeconds(3);

    private readonly Random random;
    private readonly IReadOnlyList<FaultKind> kinds;
    private readonly IReadOnlyList<string> invalidators;
    private readonly IReadOnlyList<string> regions;
    private readonly TimeSpan longest;
    private readonly Queue<FaultKind> deck = new();
    private PlannedFault? kept;

    /// <summary>Begins a plan.</summary>
    /// <param name="seed">What it is drawn from.</param>
    /// <param name="kinds">What can happen.</param>
    /// <param name="invalidators">The Invalidators' names.</param>
    /// <param name="regions">The regions' names.</param>
    /// <param name="longest">No fault lasts longer, whatever its kind says.</param>
    public ChaosPlan(int seed, IReadOnlyList<FaultKind> kinds, IReadOnlyList<string> invalidators, IReadOnlyList<string> regions, TimeSpan longest)
    {
        random = new Random(seed);
        (this.kinds, this.invalidators, this.regions, this.longest) = (kinds, invalidators, regions, longest);
    }

    /// <summary>The next round: one fault, or two of different parts.</summary>
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
            _ => "the system's",
        };
        return new PlannedFault(kind, target, random.NextDouble() * (LatestBegin < longest ? LatestBegin : longest), Lasting(kind));
    }

    // Every kind comes once before one comes again.
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
