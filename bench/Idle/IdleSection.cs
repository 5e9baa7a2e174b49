using System.Diagnostics;
using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;

namespace LastMile.Events.Bench.Idle;

/// <summary>What the services use, and ask of the servers, when nothing changes.</summary>
internal static class IdleSection
{
    private const string Invalidator = "Invalidator";
    private const string Agent = "agent";
    private const string Postgres = "PostgreSQL, transactions";
    private const int Megabyte = 1_000_000;

    // A process's time comes in steps of 10 ms: a sample must be long beside that.
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(5);

    public static async Task<SectionResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        var system = await run.SystemAsync(cancellationToken);
        var samples = run.Quick ? 2 : 6;
        await using var meter = await IdleMeter.ConnectAsync(system);
        run.Report("waiting until all is announced and compiled");
        await meter.SettleAsync(cancellationToken);
        run.Report($"nothing changes: {samples} samples of {Slice.TotalSeconds} s");
        var spans = await WatchAsync(meter, samples, cancellationToken);
        var cpu = Compare("CPU with nothing to do", "ms a second", (Invalidator, span => span.InvalidatorCpu), (Agent, span => span.AgentCpu));
        var memory = Compare("memory with nothing to do", "MB", (Invalidator, span => span.InvalidatorMemory), (Agent, span => span.AgentMemory));
        var load = Compare(
            "load on the servers with nothing to do", "a second",
            (Postgres, span => span.Transactions), ("Redis primary, commands", span => span.PrimaryCommands), ("a region's Redis, commands", span => span.RegionCommands));
        return new SectionResult(
            "idle",
            [cpu, memory, load],
            [],
            [
                .. cpu.Contenders.Select(service => new Target($"CPU of the {service.Name}, of a core", service.Median / 10, 1, Bound.AtMost, "%")),
                .. memory.Contenders.Select(service => new Target($"memory of the {service.Name}", service.Median, 120, Bound.AtMost, "MB")),
                new("queries on PostgreSQL", load.Of(Postgres).Median, 25, Bound.AtMost, "a second"),
            ],
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Redis commands"] = "those of replication included: an acknowledgement a second from each replica on the primary",
                ["age"] = "of the services, more than a minute: before, a .NET service still compiles what runs often, at up to a tenth of a core",
                ["memory"] = "resident, pages shared with other .NET processes included",
            });

        Comparison Compare(string work, string unit, params (string Name, Func<IdleSpan, double> Value)[] users) =>
            Comparison.Of(new Quantity(work, unit), [.. users.Select(user => (user.Name, (IReadOnlyList<double>)[.. spans.Select(user.Value)]))]);
    }

    private static async Task<List<IdleSpan>> WatchAsync(IdleMeter meter, int samples, CancellationToken cancellationToken)
    {
        var spans = new List<IdleSpan>();
        using var slices = new PeriodicTimer(Slice);
        // What was done before, collecting garbage and compiling included, ends in a slice that is not counted.
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

    /// <summary>What was used and done between two samples: CPU in ms a second, memory in MB, counts a second.</summary>
    private sealed record IdleSpan(
        double InvalidatorCpu, double AgentCpu, double InvalidatorMemory, double AgentMemory, double Transactions, double PrimaryCommands, double RegionCommands)
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

        // Less the question of the sample before.
        private static double Commands(RedisUsage before, RedisUsage after) => after.Commands - before.Commands - 1;
    }
}
