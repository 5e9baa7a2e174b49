using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>Failures of the Redis primary: no region keeps a stale key, and regions keep their other entries if possible.</summary>
[Collection<SystemTests>]
public sealed class PrimaryTests(RunningSystem system) : IAsyncLifetime
{
    private static readonly string[] Warm = [.. Enumerable.Range(1, 100).Select(n => $"warm:{n}")];

    private string[] keys = [];
    private int[] ids = [];

    public async ValueTask InitializeAsync()
    {
        foreach (var region in system.Regions)
            await region.IsHealthyAsync();
        (ids, keys) = system.TakeKeys(20);
        await system.FillAsync([.. keys, .. Warm]);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_failover_to_the_standby_loses_no_purge_and_leaves_every_region_warm()
    {
        var pair = system.System.Servers.Pair!;

        await pair.Primary.Process.KillAsync();
        await system.ChangeAsync(ids);
        await system.System.Servers.FailOverAsync();

        await system.GoneAsync(keys);
        foreach (var region in system.Regions)
            Assert.Equal(Warm.Length, await region.HeldAsync(Warm));
        await HasRecoveredAsync();
        await pair.RejoinStandbyAsync(start: true);
    }

    [Fact]
    public async Task A_primary_restarted_empty_leaves_replicated_regions_cold_and_nothing_stale()
    {
        var pair = system.System.Servers.Pair!;
        var before = await EpochAsync();

        await pair.Primary.Process.KillAsync();
        await system.ChangeAsync(ids);
        await pair.RestartPrimaryAsync(empty: true);

        // Agents report Resyncing, or Disconnected if the primary was down for long enough.
        await Task.WhenAll(system.Regions.Take(2).Select(region => region.GoneAsync(Warm)).ToArray());
        await system.GoneAsync(keys);
        Assert.Equal([0, 0, Warm.Length, Warm.Length], await Task.WhenAll(system.Regions.Select(region => region.HeldAsync(Warm))));
        Assert.InRange(await EpochAsync(), before + 1, long.MaxValue);
        await HasRecoveredAsync();
    }

    private async Task HasRecoveredAsync()
    {
        foreach (var region in system.Regions)
            await region.IsHealthyAsync();
        var later = system.Take(1);
        await system.FillAsync($"product:{later[0]}");
        await system.ChangeAsync(later);
        await system.GoneAsync($"product:{later[0]}");
    }

    private Task<long> EpochAsync() => system.QueryAsync<long>("select max(epoch) from lastmile.epoch");
}
