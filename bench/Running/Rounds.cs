namespace LastMile.Events.Bench.Running;

/// <summary>
/// The number and length of rounds. Every contender has a turn in each round, so a temporary slowdown of the machine affects all of them.
/// </summary>
/// <param name="Count">The number of rounds; the first is not counted.</param>
/// <param name="Slice">The length of a contender's turn, unless the turn is a fixed amount of work.</param>
internal sealed record Rounds(int Count, TimeSpan Slice)
{
    public static Rounds Quick { get; } = new(3, TimeSpan.FromSeconds(1));

    public static Rounds Full { get; } = new(10, TimeSpan.FromSeconds(2));
}
