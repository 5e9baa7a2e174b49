using LastMile.Events.Bench.Results;

namespace Bench.Tests;

/// <summary>Made-up results.</summary>
internal static class Example
{
    public static readonly string[] Names =
        ["bare stream (floor)", "LastMile", "MassTransit publish after commit", "outbox polled each second"];

    public static Comparison Throughput { get; } = Comparison("drain of a backlog", "keys/s", 93_120, 71_400, 2_210, 0.13);

    public static LatencyComparison Latencies { get; } = LatencyComparison("commit to gone at 50 changes/s");

    public static SectionResult Section { get; } = new(
        "latency",
        [Throughput],
        [Latencies],
        [
            new Target("p50 at 50/s, relative to the floor", 1.5, 2, Bound.AtMost, "×"),
            new Target("p99 at 50/s, relative to the floor", 3.5, 3, Bound.AtMost, "×"),
        ],
        new Dictionary<string, string> { ["fill|rate"] = "0.5 * <all>" })
    {
        Question = "How long does it take?",
    };

    public static BenchReport Report(params SectionResult[] sections) => new(
        new DateTimeOffset(2026, 11, 23, 8, 25, 0, TimeSpan.Zero),
        new Machine(2, "Some Model", "Some System", ".NET 10"),
        new Dictionary<string, string> { ["PostgreSQL"] = "15.18", ["Redis"] = "7.0.15" },
        Quick: false,
        sections);

    private static Comparison Comparison(string work, string unit, params double[] medians) =>
        new(
            work,
            unit,
            [
                .. Names.Zip(medians, (name, median) =>
                    Contender.Of(name, [median * 0.9, median, median * 1.2], [medians[0], medians[0], medians[0]])),
            ]);

    // Log-normal, as latencies are, with a different scale for each contender; one latency of each is 0.
    private static LatencyComparison LatencyComparison(string work)
    {
        var random = new Random(1);
        double[] scales = [0.5, 0.8, 1.7, 560];
        return new LatencyComparison(
            work, [.. Names.Zip(scales, (name, scale) => new LatencyContender(name, [Round(scale), [.. Round(scale), 0]]))]);

        double[] Round(double scale) => [.. Enumerable.Range(0, 1_000).Select(_ => scale * Math.Exp(0.4 * Normal()))];

        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }
}
