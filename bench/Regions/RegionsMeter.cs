using LastMile.Events.Bench.Running;
using LastMile.Events.Fabric;

namespace LastMile.Events.Bench.Regions;

/// <summary>What the parts of a system of many regions use.</summary>
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

    /// <summary>Asks everybody.</summary>
    /// <param name="regions">How many regions follow.</param>
    public async Task<Reading> ReadAsync(int regions) => new(
        await primary.UsageAsync(), ProcessUsage.Of(system.Invalidator), ProcessUsage.Of(system.Agents[0]), await followers.CpuAsync(regions));

    /// <summary>What was used between two readings, in the order of the section's quantities.</summary>
    /// <param name="before">The first.</param>
    /// <param name="after">The second.</param>
    /// <param name="changes">How many changes were made between them.</param>
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

    /// <summary>What was used up to one moment.</summary>
    internal sealed record Reading(RedisUsage Primary, ProcessUsage Invalidator, ProcessUsage Agent, TimeSpan Regions);
}
