namespace LastMile.Events.Bench.Contenders;

/// <summary>
/// Wolverine's durable outbox. It is not measured here because its packages do not restore from every registry; <c>bench/wolverine.md</c>
/// explains how to measure it where they do.
/// </summary>
internal static class Wolverine
{
    /// <summary>Its figures from another run, relative to those of <see cref="PublishedChange"/> in that run.</summary>
    public const string Ratios =
        "not measured in this run. In another run, relative to MassTransit's figures: "
        + "two regions, with publisher confirms: p50 1.0 ×, p99 1.3 ×, sustained rate 0.66 ×; "
        + "one region, without confirms: p50 0.75 ×, p99 0.79 ×, sustained rate 0.68 ×. "
        + "bench/wolverine.md explains how to measure it where its packages restore";
}
