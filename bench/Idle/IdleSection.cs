using System.Diagnostics;
using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;

namespace LastMile.Events.Bench.Idle;

/// <summary>Measures the resources that the services use, and the load they put on the servers, when nothing changes.</summary>
internal static class IdleSection
{
    private const string Invalidator = "Invalidator";
    private const string Agent = "agent";
    private const string Postgres = "PostgreSQL, transactions";
    private const int Megabyte = 1_000_000;

    // CPU time is counted in steps of 10 ms, so a sample must be much longer.
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(5);

    public static async Task<SectionResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        var system = await run.SystemAsync(cancellationToken);
        var samples = run.Quick ? 2 : 6;
        await using var meter = await IdleMeter.ConnectAsync(system);
        run.Report("waiting until all purges are announced and hot code is compiled");
        await meter.SettleAsync(cancellationToken);
        run.Report($"nothing changes: {samples} samples of {Slice.TotalSeconds} s");
        var spans = await WatchAsync(meter, samples, cancellationToken);
        var cpu = Compare("idle CPU", "ms per second", (Invalidator, span => span.InvalidatorCpu), (Agent, span => span.AgentCpu));
        var memory = Compare("idle memory", "MB", (Invalidator, span => span.InvalidatorMemory), (Agent, span => span.AgentMemory));
        var load = Compare(
            "idle load on the servers",
            "per second",
            (Postgres, span => span.Transactions),
            ("Redis primary, commands", span => span.PrimaryCommands),
            ("a region's Redis, commands", span => span.RegionCommands));
        return new SectionResult(
            "idle",
            [cpu, memory, load],
            [],
            [
                .. cpu.Contenders.Select(service =>
                    new Target($"CPU of the {service.Name}, share of a core", service.Median / 10, 1, Bound.AtMost, "%")),
                .. memory.Contenders.Select(service =>
                    new Target($"memory of the {service.Name}", service.Median, 120, Bound.AtMost, "MB")),
                new("queries on PostgreSQL", load.Of(Postgres).Median, 25, Bound.AtMost, "per second"),
            ],
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Redis commands"] = "includes replication: one acknowledgement per second from each replica on the primary",
                ["age"] = "services are more than a minute old; "
                    + "a younger .NET service still compiles its hot code, at up to a tenth of a core",
                ["memory"] = "resident, including pages shared with other .NET processes",
            });

        Comparison Compare(string work, string unit, params (string Name, Func<IdleSpan, double> Value)[] users) =>
            Comparison.Of(
                new Quantity(work, unit),
                [.. users.Select(user => (user.Name, (IReadOnlyList<double>)[.. spans.Select(user.Value)]))]);
    }

    private static async Task<List<IdleSpan>> WatchAsync(IdleMeter meter, int samples, CancellationToken cancellationToken)
    {
        var spans = new List<IdleSpan>();
        using var slices = new PeriodicTimer(Slice);
        // Earlier work, including garbage collection and compilation, ends in a first slice that is not counted.
        await slices.WaitForNextTickAsync(cancellationToken);
        var before = await meter.SampleAsync(cancellationToken);
        while (spans.Count < samples && await slices.WaitForNextTickAsync(cancellationToken))
        {
            var after = await meter.SampleAsync(cancellationToken);
            spans.Add(IdleSpan.Between(before, after));
            before = after;
        }

        return spans;
    }

    /// <summary>The usage between two samples: CPU in ms per second, memory in MB, counts per second.</summary>
    private sealed record IdleSpan(
        double InvalidatorCpu,
        double AgentCpu,
        double InvalidatorMemory,
        double AgentMemory,
        double Transactions,
        double PrimaryCommands,
        double RegionCommands)
    {
        public static IdleSpan Between(IdleSample before, IdleSample after)
        {
            var seconds = Stopwatch.GetElapsedTime(before.At, after.At).TotalSeconds;
            return new IdleSpan(
                (after.Invalidator.Cpu - before.Invalidator.Cpu).TotalMilliseconds / seconds,
                (after.Agent.Cpu - before.Agent.Cpu).TotalMilliseconds / seconds,
                (double)after.Invalidator.Memory / Megabyte,
                (double)after.Agent.Memory / Megabyte,
                (after.Transactions - before.Transactions) / seconds,
                Commands(before.Primary, after.Primary) / seconds,
                Commands(before.Region, after.Region) / seconds);
        }

        // Excludes the previous sample's own INFO command.
        private static double Commands(RedisUsage before, RedisUsage after) => after.Commands - before.Commands - 1;
    }
}
