using LastMile.Events.Bench.Running;
using LastMile.Events.Fabric;

namespace LastMile.Events.Bench.Regions;

/// <summary>Measures the resource usage of a system with many regions.</summary>
internal sealed class RegionsMeter : IAsyncDisposable
{
    private const double Megabyte = 1_000_000;

    private readonly BenchSystem system;
    private readonly Followers followers;
    private readonly RedisAdmin primary;

    private RegionsMeter(BenchSystem system, Followers followers, RedisAdmin primary) =>
        (this.system, this.followers, this.primary) = (system, followers, primary);

    public static async Task<RegionsMeter> ConnectAsync(BenchSystem system, Followers followers) =>
        new(system, followers, await RedisAdmin.ConnectAsync(system.Servers.Primary));

    /// <summary>Reads the current usage of all parts.</summary>
    /// <param name="regions">The number of regions that replicate.</param>
    public async Task<Reading> ReadAsync(int regions) => new(
        await primary.UsageAsync(),
        ProcessUsage.Of(system.Invalidator),
        ProcessUsage.Of(system.Agents[0]),
        await followers.CpuAsync(regions));

    /// <summary>Returns the usage between two readings, in the order of the section's quantities.</summary>
    /// <param name="before">The first reading.</param>
    /// <param name="after">The second reading.</param>
    /// <param name="changes">The number of changes between them.</param>
    public static double[] Use(Reading before, Reading after, int changes)
    {
        return
        [
            PerThousand(before.Primary.Cpu, after.Primary.Cpu), after.Primary.Memory / Megabyte,
            PerThousand(before.Invalidator.Cpu, after.Invalidator.Cpu), after.Invalidator.Memory / Megabyte,
            PerThousand(before.Agent.Cpu, after.Agent.Cpu), after.Agent.Memory / Megabyte,
            PerThousand(before.Regions, after.Regions),
        ];

        double PerThousand(TimeSpan from, TimeSpan to) => (to - from).TotalMilliseconds / changes * 1_000;
    }

    public ValueTask DisposeAsync() => primary.DisposeAsync();

    /// <summary>The usage up to one moment.</summary>
    internal sealed record Reading(RedisUsage Primary, ProcessUsage Invalidator, ProcessUsage Agent, TimeSpan Regions);
}
