namespace LastMile.Events.Bench.Running;

/// <summary>How long to measure. In each round every contender has its turn, so that what slows the machine for a while slows them all.</summary>
/// <param name="Count">Rounds; the first is not counted.</param>
/// <param name="Slice">How long a contender's turn lasts, where it is not a given amount of work.</param>
internal sealed record Rounds(int Count, TimeSpan Slice)
{
    public static Rounds Quick { get; } = new(3, TimeSpan.FromSeconds(1));

    public static Rounds Full { get; } = new(10, TimeSpan.FromSeconds(2));
}
