namespace LastMile.Events.Bench.Contenders;

/// <summary>
/// Wolverine's durable outbox, which is not measured here: its packages do not restore from every registry. <c>bench/wolverine.md</c>
/// says how to where they do.
/// </summary>
internal static class Wolverine
{
    /// <summary>Its figures of another run, over those of <see cref="PublishedChange"/> in that run.</summary>
    public const string Ratios =
        "not measured in this run. In another one, over MassTransit's figures there: two regions, with publisher confirms: p50 1.0 ×, p99 1.3 ×, sustained rate 0.66 ×; "
        + "one region, without them: p50 0.75 ×, p99 0.79 ×, sustained rate 0.68 ×. bench/wolverine.md says how to measure it where its packages restore";
}
